use bstr::{BStr, BString, ByteSlice};

use super::Request;

/// The fields of a form, as a browser sends them (`multipart/form-data`) or as a page shows them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Form {
    /// The fields in their order, with repeats; the file among them.
    pub fields: Vec<FormField>,
}

/// A field of a form.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FormField {
    /// Its name, as it is written.
    pub name: BString,
    /// Its value, as it stands: no line break of it is changed.
    pub value: BString,
    /// The name of the file that it carries.
    pub file_name: Option<BString>,
}

/// No form has more fields.
const FIELDS: usize = 1000;

impl Form {
    /// The form in a request's body; `None` where that is none, or was not captured.
    #[must_use]
    pub fn of_request(request: &Request) -> Option<Self> {
        let kind = request.header("content-type")?.trim_start();
        let kind = kind.get(..MULTIPART.len())?;
        if !kind.eq_ignore_ascii_case(MULTIPART.as_bytes()) {
            return None;
        }
        Self::parse(request.body.bytes()?)
    }

    /// Reads a body: parts between boundaries, of which the first line is one; what is cut gives
    /// the parts before the cut.
    #[must_use]
    pub fn parse(body: &[u8]) -> Option<Self> {
        let first = body.lines().next()?.trim_end();
        if !first.starts_with(b"--") || first.len() < 3 {
            return None;
        }
        let separator = [b"\n", first].concat();
        let mut rest = body.get(first.len()..)?;
        let mut form = Self::default();
        while form.fields.len() < FIELDS {
            let (part, behind, is_whole) = match rest.split_once_str(&separator) {
                Some((part, behind)) => (part, behind, true),
                None => (rest, &b""[..], false),
            };
            form.fields.extend(FormField::parse(part));
            if !is_whole || behind.starts_with(b"--") {
                break;
            }
            rest = behind;
        }
        (!form.fields.is_empty()).then_some(form)
    }

    /// The value of the first field of that name, in any case.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&BStr> {
        let field = self.fields.iter().find(|field| field.is(name))?;
        Some(field.value.as_bstr())
    }
}

const MULTIPART: &str = "multipart/form-data";

impl FormField {
    /// Whether this is its name, in any case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// Reads a part: its head behind a line break, an empty line, its value.
    fn parse(part: &[u8]) -> Option<Self> {
        let part = part
            .strip_prefix(b"\r\n")
            .or_else(|| part.strip_prefix(b"\n"))?;
        let (head, value) = part
            .split_once_str("\r\n\r\n")
            .or_else(|| part.split_once_str("\n\n"))?;
        let disposition = head.lines().find(|line| {
            let name = line.get(..DISPOSITION.len()).unwrap_or_default();
            name.eq_ignore_ascii_case(DISPOSITION.as_bytes())
        })?;
        let parameter = |name: &str| {
            let (_, behind) = disposition.split_once_str(name)?;
            let (value, _) = behind.split_once_str("\"")?;
            Some(BString::from(value))
        };
        Some(Self {
            name: parameter(" name=\"").or_else(|| parameter(";name=\""))?,
            value: value.strip_suffix(b"\r").unwrap_or(value).into(),
            file_name: parameter("filename=\""),
        })
    }
}

const DISPOSITION: &str = "content-disposition:";

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na\r\nb\r\n--b\r\ncontent-disposition: form-data; name=\"File\"; filename=\"x.txt\"\r\nContent-Type: text/plain\r\n\r\nabc\n\r\n--b--\r\n";

    #[test]
    fn a_body_is_parted_at_its_boundaries() {
        let form = Form::parse(BODY.as_bytes()).unwrap();
        assert_eq!(form.value("KEY").unwrap(), "a\r\nb");
        let file = &form.fields[1];
        assert_eq!(file.value, "abc\n");
        assert_eq!(file.file_name.as_ref().unwrap(), "x.txt");
        assert_eq!(form.fields.len(), 2);
        let in_lf = BODY.replace("\r\n", "\n");
        assert_eq!(
            Form::parse(in_lf.as_bytes()).unwrap().value("key").unwrap(),
            "a\nb"
        );
    }

    #[test]
    fn what_is_cut_gives_what_is_there() {
        for end in 0..BODY.len() {
            let form = Form::parse(&BODY.as_bytes()[..end]);
            assert!(form.is_none_or(|form| form.fields.len() < 3), "{end}");
        }
        assert_eq!(Form::parse(b"key=1"), None);
    }
}

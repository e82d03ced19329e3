use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::report::Bytes;

/// Bytes: a string, or an object with their Base64 where they are no UTF-8.
pub(super) struct Text<'a>(pub(super) &'a Bytes);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => {
                let mut object = serializer.serialize_struct("bytes", 1)?;
                object.serialize_field("base64", &STANDARD.encode(&self.0.0))?;
                object.end()
            }
        }
    }
}

pub(super) fn text(bytes: &Option<Bytes>) -> Option<Text<'_>> {
    bytes.as_ref().map(Text)
}

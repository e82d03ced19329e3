use bstr::{BStr, BString, ByteSlice};
use serde_json::Value;

use crate::{
    sigv4::{Authorization, Signature, SigningKey},
    wire::{Form, escape},
};

/// What a form that uploads to Amazon S3 states of its signature.
///
/// Source: "Authenticating Requests in Browser-Based Uploads Using POST" in the Amazon S3 API
/// Reference.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PostPolicy {
    /// Algorithm, credential and signature; no header is signed. A part that is missing is empty.
    pub authorization: Authorization,
    /// The field `x-amz-date`.
    pub date: Option<BString>,
    /// The field `x-amz-security-token`.
    pub session_token: Option<BString>,
    /// The field `policy` as it stands: JSON in Base64.
    pub policy: BString,
}

impl PostPolicy {
    /// Reads a form; `None` unless it has a policy and a signature of version 4, or its credential.
    #[must_use]
    pub fn of_form(form: &Form) -> Option<Self> {
        let text = |name| form.value(name).map(ToOwned::to_owned);
        let (signature, credential) = (text("x-amz-signature"), text("x-amz-credential"));
        if signature.is_none() && credential.is_none() {
            return None;
        }
        Some(Self {
            policy: text("policy")?,
            authorization: Authorization {
                algorithm: text("x-amz-algorithm").unwrap_or_default(),
                credential: credential.unwrap_or_default(),
                signed_headers: BString::default(),
                signature: signature.unwrap_or_default(),
            },
            date: text("x-amz-date"),
            session_token: text("x-amz-security-token"),
        })
    }

    /// The string to sign: the policy's Base64 text itself.
    #[must_use]
    pub fn string_to_sign(&self) -> &BStr {
        self.policy.as_bstr()
    }

    /// The signature under `key`.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> Signature {
        key.sign(self.string_to_sign())
    }

    /// The policy's JSON text; `None` where the field is no Base64.
    #[must_use]
    pub fn text(&self) -> Option<BString> {
        PolicyDocument::text(&self.policy)
    }
}

/// A policy's JSON, taken apart.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PolicyDocument {
    /// Until when the form may be used: `2026-09-01T12:00:00.000Z`.
    pub expiration: Option<BString>,
    /// What the form's fields must hold; `None` where the policy has no list of them.
    pub conditions: Option<Vec<Condition>>,
}

/// What a policy wants of one field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Condition {
    /// The field has just this value.
    Equals {
        /// The field's name.
        field: BString,
        /// The value.
        value: BString,
    },
    /// The field's value begins with this; an empty text is any value.
    StartsWith {
        /// The field's name.
        field: BString,
        /// The beginning.
        value: BString,
    },
    /// The file's length, or what is in no form that is known.
    Other,
}

impl PolicyDocument {
    /// The JSON text in a field `policy`, with line breaks in it or without; `None` where it is no
    /// Base64.
    #[must_use]
    pub fn text(policy: &[u8]) -> Option<BString> {
        let bare: Vec<u8> = policy.fields().flatten().copied().collect();
        escape::base64(&bare)
    }

    /// Reads a policy's JSON; `None` where it is no JSON object.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(text).ok()?;
        let object = value.as_object()?;
        let expiration = object.get("expiration").and_then(Value::as_str);
        let conditions = object.get("conditions").and_then(Value::as_array);
        Some(Self {
            expiration: expiration.map(BString::from),
            conditions: conditions
                .map(|conditions| conditions.iter().flat_map(Condition::all_of).collect()),
        })
    }
}

impl Condition {
    /// The conditions that an item of the list states: one, or a field in each pair of an object.
    fn all_of(item: &Value) -> Vec<Self> {
        match item {
            Value::Object(pairs) => pairs
                .iter()
                .map(|(name, value)| match plain(value) {
                    Some(value) => Self::Equals {
                        field: name.as_str().into(),
                        value,
                    },
                    None => Self::Other,
                })
                .collect(),
            Value::Array(parts) => vec![Self::of_list(parts)],
            _ => vec![Self::Other],
        }
    }

    /// Reads `["eq", "$field", "value"]` and `["starts-with", "$field", "value"]`.
    fn of_list(parts: &[Value]) -> Self {
        let [operator, field, value] = parts else {
            return Self::Other;
        };
        let field = field.as_str().and_then(|field| field.strip_prefix('$'));
        let (Some(operator), Some(field), Some(value)) = (operator.as_str(), field, plain(value))
        else {
            return Self::Other;
        };
        let field = field.into();
        match operator.to_ascii_lowercase().as_str() {
            "eq" => Self::Equals { field, value },
            "starts-with" => Self::StartsWith { field, value },
            _ => Self::Other,
        }
    }

    /// The field that it is about.
    #[must_use]
    pub fn field(&self) -> Option<&BStr> {
        match self {
            Self::Equals { field, .. } | Self::StartsWith { field, .. } => Some(field.as_bstr()),
            Self::Other => None,
        }
    }
}

/// A text, or a number's digits.
fn plain(value: &Value) -> Option<BString> {
    match value {
        Value::String(text) => Some(text.as_str().into()),
        Value::Number(number) => Some(number.to_string().into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        sigv4::{CredentialScope, SecretAccessKey},
        wire::FormField,
    };

    fn field(name: &str, value: &str) -> FormField {
        FormField {
            name: name.into(),
            value: value.into(),
            file_name: None,
        }
    }

    #[test]
    fn signs_as_botocore_does() {
        // boto3 1.43.117, generate_presigned_post, with the throw-away key of fixtures/README.md.
        let policy = "eyJleHBpcmF0aW9uIjogIjIwMjYtMTEtMjhUMTI6Mjg6MTNaIiwgImNvbmRpdGlvbnMiOiBbeyJidWNrZXQiOiAiZGVtby1idWNrZXQifSwgeyJrZXkiOiAia2V5LnR4dCJ9LCB7IngtYW16LWFsZ29yaXRobSI6ICJBV1M0LUhNQUMtU0hBMjU2In0sIHsieC1hbXotY3JlZGVudGlhbCI6ICJBS0lERVhBTVBMRS8yMDI2MTEyOC9ldS1jZW50cmFsLTEvczMvYXdzNF9yZXF1ZXN0In0sIHsieC1hbXotZGF0ZSI6ICIyMDI2MTEyOFQxMTI4MTNaIn1dfQ==";
        let form = Form {
            fields: vec![
                field("Policy", policy),
                field(
                    "X-Amz-Credential",
                    "AKIDEXAMPLE/20261128/eu-central-1/s3/aws4_request",
                ),
            ],
        };
        let stated = PostPolicy::of_form(&form).unwrap();
        let secret = SecretAccessKey::new(b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_vec());
        let scope = CredentialScope::parse(stated.authorization.scope()).unwrap();
        let signature = stated.sign(&SigningKey::derive(&secret, &scope));
        assert_eq!(
            signature.to_string(),
            "5822f8ef8b4b1b66a4b927776526a94c53842147af666009f6b5cdbaf1a0a6a4"
        );
        let document = PolicyDocument::parse(&stated.text().unwrap()).unwrap();
        assert_eq!(document.expiration.unwrap(), "2026-11-28T12:28:13Z");
        let conditions = document.conditions.unwrap();
        let fields = conditions.iter().filter_map(Condition::field);
        assert_eq!(fields.count(), 5);
    }

    #[test]
    fn conditions_in_each_form() {
        let text = br#"{"conditions": [{"acl": "private", "x": 1}, ["eq", "$key", "a"],
            ["Starts-With", "$Content-Type", ""], ["content-length-range", 1, 10], ["eq", "key", "a"], 7]}"#;
        let document = PolicyDocument::parse(text).unwrap();
        let named = |field: &str, value: &str| Condition::Equals {
            field: field.into(),
            value: value.into(),
        };
        let any = Condition::StartsWith {
            field: "Content-Type".into(),
            value: "".into(),
        };
        let other = Condition::Other;
        assert_eq!(
            document.conditions.unwrap(),
            [
                named("acl", "private"),
                named("x", "1"),
                named("key", "a"),
                any,
                other.clone(),
                other.clone(),
                other
            ]
        );
        assert_eq!(PolicyDocument::parse(b"[]"), None);
        assert_eq!(PolicyDocument::parse(b"{}").unwrap().conditions, None);
    }
}

use bstr::ByteSlice;

use super::{Statement, quoted_after};
use crate::evidence::Refusal;

/// Reads what is said of a POST form and its policy.
pub(super) fn read(refusal: &Refusal, found: &mut Vec<Statement>) {
    let message = refusal.message.as_bstr();
    if let Some((before, why)) = message.split_once_str("Invalid according to Policy: ") {
        // MinIO puts it in brackets behind words of its own.
        let close = if before.ends_with(b"(") { ")" } else { "" };
        let why = why.trim();
        let why = why.strip_suffix(close.as_bytes()).unwrap_or(why);
        if let Some((_, condition)) = why.split_once_str("Policy Condition failed") {
            let condition = condition.strip_prefix(b":").unwrap_or(condition);
            found.push(Statement::PolicyConditionFailed(condition.trim().into()));
        } else if let Some((_, fields)) = why.split_once_str("Extra input fields: ") {
            let fields = fields.split_str(",").map(|field| field.trim().into());
            found.push(Statement::PolicyExtraFields(fields.collect()));
        } else if why.to_ascii_lowercase().starts_with(b"policy expired") {
            found.push(Statement::PolicyExpired);
        } else {
            found.push(Statement::PolicyMalformed(why.trim().into()));
        }
    } else if let Some((_, why)) = message.split_once_str("Invalid Policy: ") {
        found.push(Statement::PolicyMalformed(why.trim().into()));
    }
    if message.contains_str("Each form field that you specify")
        && message.contains_str("must appear in the list of conditions")
    {
        found.push(Statement::PolicyExtraFields(Vec::new()));
    }
    if let Some(field) = quoted_after(message, "must contain a field named ") {
        found.push(Statement::FormFieldMissing(field.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::Statement::*;
    use crate::evidence::statement::testing::of;

    #[test]
    fn conditions_and_fields() {
        assert_eq!(
            of(
                "AccessDenied",
                "Invalid according to Policy: Policy Condition failed: [\"eq\", \"$X-Amz-Date\", \"20170519T041709Z\"]"
            ),
            [PolicyConditionFailed(
                "[\"eq\", \"$X-Amz-Date\", \"20170519T041709Z\"]".into()
            )]
        );
        assert_eq!(
            of(
                "AccessDenied",
                "Invalid according to Policy: Extra input fields: bucket, acl"
            ),
            [PolicyExtraFields(vec!["bucket".into(), "acl".into()])]
        );
        let unnamed = "Each form field that you specify in a form (except x-amz-signature, file, policy, and field names that have an x-ignore- prefix) must appear in the list of conditions.";
        assert_eq!(of("AccessDenied", unnamed), [PolicyExtraFields(vec![])]);
        assert_eq!(
            of(
                "AccessDenied",
                "Invalid according to Policy: Policy expired."
            ),
            [PolicyExpired]
        );
        assert_eq!(
            of(
                "InvalidArgument",
                "Bucket POST must contain a field named 'AWSAccessKeyId'.  If it is specified, please check the order of the fields."
            ),
            [FormFieldMissing("AWSAccessKeyId".into())]
        );
    }

    #[test]
    fn minio_puts_it_in_brackets() {
        let of_minio = |why: &str| {
            let message = format!("Access Denied. (Invalid according to Policy: {why})");
            of("AccessDenied", &message)
        };
        assert_eq!(
            of_minio("Policy Condition failed"),
            [PolicyConditionFailed("".into())]
        );
        assert_eq!(
            of_minio("Policy Condition failed: [eq, $key, a(1)]"),
            [PolicyConditionFailed("[eq, $key, a(1)]".into())]
        );
        assert_eq!(of_minio("Policy expired"), [PolicyExpired]);
    }

    #[test]
    fn a_policy_that_is_none() {
        for why in [
            "Expecting '{' but found End-of-Input",
            "invalid Base64 encoding.",
            "Invalid JSON.",
            "Policy missing expiration.",
            "Invalid 'expiration' value: '2024'",
            "Policy missing conditions.",
            "Invalid Condition: unknown operation 'x'.",
            "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.",
        ] {
            assert_eq!(
                of("InvalidPolicyDocument", &format!("Invalid Policy: {why}")),
                [PolicyMalformed(why.into())]
            );
        }
    }
}

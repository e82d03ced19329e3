//! What the service says, where no rule has seen it in the request: a refusal on its own convicts
//! by its word.

use bstr::{BStr, BString, ByteSlice};

use crate::{
    catalog,
    diagnose::{Circumstance, Exhibit, Finding, Fix, Proof, rules, run::Run},
    evidence::Statement,
};

/// What a statement says: which rule's mistake, in which form, and how it is put right where the
/// rule itself has nothing to change.
struct Word {
    /// The rule, then those that say the same more exactly, or in the words of another service.
    rules: &'static [&'static str],
    circumstance: Circumstance,
    parameter: Option<BString>,
    fix: String,
    /// The rule that says it more exactly.
    exactly: Option<&'static str>,
}

impl Run<'_> {
    /// Adds what the refusals state and no rule has found by itself.
    pub(super) fn believe(&mut self) {
        for statement in self.it.statements() {
            let Some(word) = self.word(statement) else {
                continue;
            };
            let found = |id: &&str| {
                let mut findings = self.diagnosis.findings.iter();
                findings.any(|held| held.rule.id == *id)
            };
            let Some(rule) = word.rules.first().and_then(|id| rules::rule(id)) else {
                continue;
            };
            if word.rules.iter().any(found) {
                continue;
            }
            let parameter = word.parameter.as_ref().map(|text| text.as_bstr());
            let own = (rule.fix)(self.it, parameter);
            let fix = match own.edits.is_empty() {
                true => Fix::words(word.fix),
                false => own,
            };
            self.add(Finding {
                rule,
                proof: Proof::Circumstance(word.circumstance),
                parameter: word.parameter,
                exhibit: Exhibit::default(),
                fix,
                with: Vec::new(),
                equivalent: word.exactly.and_then(rules::rule).into_iter().collect(),
            });
        }
    }

    fn word(&self, statement: &Statement) -> Option<Word> {
        let it = self.it;
        let says = |phrase: &str| {
            it.refusal()
                .is_some_and(|refusal| refusal.message.contains_str(phrase))
        };
        let code = it.refusal().map(|refusal| refusal.code.as_bstr());
        let word = |rules: &'static [&'static str], fix: &str| Word {
            rules,
            circumstance: Circumstance::Stated,
            parameter: None,
            fix: fix.to_owned(),
            exactly: None,
        };
        let named = |rules, fix: &str, parameter: &BStr| Word {
            parameter: Some(parameter.to_owned()),
            ..word(rules, fix)
        };
        let has = |at: usize, text: &BString| {
            let part = it.stated().and_then(|stated| stated.scope_part(at));
            part.is_some_and(|part| part == text)
        };
        Some(match statement {
            // What remains is for the strings and the key.
            Statement::SignatureDiffers => return None,
            // Not of signing.
            Statement::SeveralChecksums => return None,
            // What is told as it stands was told of another request.
            Statement::ServiceShouldBe(service) if has(2, service) => return None,
            Statement::RegionShouldBe {
                expected: Some(region),
                ..
            } if has(1, region) => return None,
            Statement::ServiceShouldBe(service) => {
                let fix = format!(
                    "sign for the service {service}: in Credential=, in the string to sign and in the signing key"
                );
                Word {
                    exactly: service
                        .starts_with(b"s3")
                        .then_some("wrong-service-s3-scope"),
                    ..named(SERVICE, &fix, service.as_bstr())
                }
            }
            Statement::RegionShouldBe { .. } if it.expected().is_of_all_regions() => return None,
            // CloudFront KeyValueStore's words: there, no region is right.
            Statement::RegionShouldBe { .. } if says("must be scoped to a valid region") => word(
                &["multi-region-needs-sigv4a"],
                "sign with AWS4-ECDSA-P256-SHA256, leave the region out of the scope and send X-Amz-Region-Set",
            ),
            Statement::RegionShouldBe { expected, actual } => {
                let rules = match (expected, actual) {
                    _ if says("X-Amz-Credential parameter") => S3_QUERY_REGION,
                    _ if says("is wrong; expecting") => S3_REGION,
                    (_, Some(actual)) if is_no_region(actual) => NO_REGION,
                    _ => REGION,
                };
                match (expected, actual) {
                    (Some(region), _) => {
                        let fix = match it.is_told_by_a_client() {
                            true => format!("set the client's region to {region}"),
                            false => format!(
                                "sign for the region {region}: in Credential=, in the string to sign and in the signing key"
                            ),
                        };
                        named(rules, &fix, region.as_bstr())
                    }
                    (None, Some(region)) => {
                        let fix = format!(
                            "sign for the region of the host, not for {region}{}",
                            of_no_region(&region.to_str_lossy())
                        );
                        word(rules, &fix)
                    }
                    (None, None) => {
                        let fix = format!("sign for the region of the host{}", of_no_region(""));
                        word(rules, &fix)
                    }
                }
            }
            Statement::TerminatorDiffers => word(
                &["scope-terminator-wrong"],
                "end the scope with aws4_request",
            ),
            Statement::ScopeDateDiffers | Statement::ScopeDateMalformed(_) => word(
                &["scope-date-mismatch"],
                "begin the scope with the first eight characters of the signing time, YYYYMMDD in UTC",
            ),
            Statement::ScopeUnexpected(_) => word(
                &["s3-compatible-region", "s3-wrong-region"],
                "set the client's region to the server's",
            ),
            Statement::Skewed(skew) if skew.seconds() > 0 => word(AHEAD, CLOCK),
            Statement::Skewed(_) | Statement::ClockDiffers => word(BEHIND, CLOCK),
            Statement::NotYetValid => word(AHEAD, CLOCK),
            Statement::Expired { .. } if code == Some(BStr::new("RequestExpired")) => {
                word(BEHIND, CLOCK)
            }
            Statement::Expired { .. } => word(
                &["presign-expired", "clock-skew-behind", "s3-clock-skew"],
                "presign anew, or sign just before sending",
            ),
            Statement::TimestampMalformed(_) => word(
                &["date-format-wrong"],
                "write the signing time as YYYYMMDDTHHMMSSZ",
            ),
            Statement::TimestampMissing => word(&["date-missing"], "send X-Amz-Date"),
            Statement::CredentialMalformed(_) => word(
                &["credential-not-five-parts", "credential-has-whitespace"],
                "write KEYID/YYYYMMDD/REGION/SERVICE/aws4_request",
            ),
            Statement::AuthorizationPartMalformed(_) if it.is_told_of_another_scheme() => word(
                &["missing-auth-token-wrong-route"],
                "call a path and a method that the API has, and sign the request if they want a signature",
            ),
            Statement::AuthorizationPartMalformed(part) => named(
                &["authorization-malformed", "credential-has-whitespace"],
                "write name=value parts with a comma and a space between them",
                part.as_bstr(),
            ),
            Statement::AuthorizationPartsMissing(_) => {
                word(PARTS, "send Credential, SignedHeaders and Signature")
            }
            Statement::AuthorizationSpaces => word(
                &["authorization-space-wrong"],
                "put one space behind the algorithm",
            ),
            Statement::AccessKeyMissing => word(
                &["credential-not-five-parts", "credential-has-whitespace"],
                "give the signer an access key id: the one that it has is empty",
            ),
            Statement::AlgorithmUnsupported(_)
                if says("authorization mechanism") || says("AWS Signature Version 4") =>
            {
                word(
                    &["sigv2-on-v4-only-endpoint", "algorithm-unsupported"],
                    "sign with Signature Version 4, AWS4-HMAC-SHA256",
                )
            }
            Statement::AlgorithmUnsupported(_) => word(
                &["algorithm-unsupported", "sigv2-on-v4-only-endpoint"],
                "write AWS4-HMAC-SHA256, there and in the string to sign",
            ),
            // It may as well be that there is none.
            Statement::SignatureMalformed if says("Request must contain") => Word {
                circumstance: Circumstance::Suspected,
                ..word(
                    &["signature-not-hex", "authorization-parts-missing"],
                    "send a signature of Signature Version 4: 64 lower-case hex digits",
                )
            },
            Statement::SignatureMalformed => word(
                &["signature-not-hex"],
                "write the signature as 64 lower-case hex digits",
            ),
            Statement::SeveralSignatures => word(
                &["two-auth-mechanisms"],
                "sign in the header or in the query, not in both",
            ),
            Statement::AuthenticationMissing => return self.missing_authentication(),
            Statement::QueryParametersMissing(_) => word(
                &["presign-params-incomplete"],
                "send all X-Amz-* parameters of a presigned query",
            ),
            Statement::ExpiresTooLong => word(
                &["presign-expires-too-long"],
                "presign for 604800 seconds at most",
            ),
            Statement::ExpiresNotANumber | Statement::ExpiresNegative => word(
                &["presign-expires-not-a-number"],
                "write X-Amz-Expires as a number of seconds from 1 to 604800",
            ),
            Statement::QueryMalformed(_) => word(
                &["query-not-encoded"],
                "percent-encode every character but A-Z a-z 0-9 - _ . ~; a percent sign itself is %25",
            ),
            Statement::HeadersNotSigned(names) => match names.first() {
                // A list that was encoded once more holds no name that the service knows.
                Some(name) if name == "host" && it.lists_names_encoded() => return None,
                Some(name) if name == "host" => word(&["host-not-signed"], "sign host"),
                Some(name)
                    if name == "x-amz-content-sha256" && !it.is_told_of_unsigned_headers() =>
                {
                    word(PAYLOAD_HEADER, "send x-amz-content-sha256, and sign it")
                }
                Some(name) if name == "x-amz-security-token" => word(
                    &["x-amz-header-not-signed", "session-token-missing-or-stale"],
                    "sign the session token's header, x-amz-security-token, too",
                ),
                _ => word(
                    &["x-amz-header-not-signed", "eks-token-header-unsigned"],
                    "sign every x-amz-* header that is sent",
                ),
            },
            Statement::SignedHeaderAbsent(name) => named(
                &["signed-header-absent"],
                "send the header, or leave it out of the signed headers",
                name.as_bstr(),
            ),
            Statement::HeaderMissing(name) if name == "x-amz-content-sha256" => {
                word(PAYLOAD_HEADER, "send x-amz-content-sha256, and sign it")
            }
            Statement::HeaderMissing(_) => return None,
            Statement::PayloadHashMalformed => word(
                &[
                    "x-amz-content-sha256-value-invalid",
                    "streaming-trailer-not-supported",
                ],
                "send the body's SHA-256 in hex, or UNSIGNED-PAYLOAD",
            ),
            Statement::PayloadHashDiffers { .. } => word(
                &["content-sha256-mismatch", "body-changed-after-signing"],
                "hash the body that is sent",
            ),
            Statement::TrailerUnknown => Word {
                circumstance: Circumstance::Suspected,
                ..word(
                    &["streaming-trailer-not-supported"],
                    "set AWS_REQUEST_CHECKSUM_CALCULATION=when_required, or update the server",
                )
            },
            // Whether the signature covers that body, it does not say.
            Statement::ChecksumDiffers => Word {
                circumstance: Circumstance::Suspected,
                ..word(
                    CHECKSUMS,
                    "make Content-MD5 and x-amz-checksum-* of the very bytes that are sent",
                )
            },
            Statement::BodyIncomplete { .. } => word(
                &["decoded-content-length-wrong"],
                "state the length of the payload before it is cut into chunks, and the length of the body that is sent",
            ),
            Statement::CredentialsUnknown if self.says_which() => return None,
            Statement::CredentialsUnknown | Statement::AccessKeyUnknown => word(
                KEYS,
                "take key id, secret and session token from one source, and see whether the key is still active",
            ),
            Statement::TokenInvalid => word(
                TOKENS,
                "take key id, secret and session token from one source, and send the token as it is",
            ),
            Statement::TokenExpired => word(
                &["expired-session-token", "presign-outlives-credentials"],
                "get new temporary credentials",
            ),
            Statement::CredentialsNotValidated => Word {
                circumstance: Circumstance::Suspected,
                ..word(
                    &["ec2-authfailure"],
                    "look at the clock, then at the region of the scope, then at the key",
                )
            },
            Statement::OperationUnknown => word(
                TARGETS,
                "look the operation up, its method and its content type: countersign catalog SERVICE OPERATION",
            ),
            Statement::OperationNotInVersion { operation, .. } => named(
                TARGETS,
                "send the Version that has the operation: countersign catalog SERVICE OPERATION",
                operation.as_bstr(),
            ),
            Statement::EndpointShouldBe(host) => {
                let fix = format!("sign again for the host {host}, and send it there");
                named(
                    &[
                        "redirect-not-resigned",
                        "s3-wrong-region",
                        "bucket-style-mismatch",
                    ],
                    &fix,
                    host.as_bstr(),
                )
            }
            Statement::PolicyExpired => word(
                &["post-policy-expired"],
                "sign a policy that expires later, closer to its use",
            ),
            Statement::PolicyConditionFailed(_)
            | Statement::PolicyExtraFields(_)
            | Statement::PolicyMalformed(_)
            | Statement::FormFieldMissing(_) => word(
                &["post-policy-field-mismatch"],
                "let the form's fields be those that its policy names",
            ),
        })
    }

    /// Whether a statement beside this one says which of the credentials is unknown.
    fn says_which(&self) -> bool {
        let which = [Statement::AccessKeyUnknown, Statement::TokenInvalid];
        self.it
            .statements()
            .iter()
            .any(|other| which.contains(other))
    }

    /// API Gateway says it of a route that it does not have as well; others of a request without
    /// signature alone.
    fn missing_authentication(&self) -> Option<Word> {
        let it = self.it;
        let unsigned = Word {
            rules: &["authorization-parts-missing", "sigv2-on-v4-only-endpoint"],
            circumstance: Circumstance::Suspected,
            parameter: None,
            fix: "sign the request, if what is called wants a signature".to_owned(),
            exactly: None,
        };
        if it.may_be_of_gateway() {
            return Some(unsigned);
        }
        let signed = it.stated().is_some() || it.authorization_text().is_some();
        let fix = match signed {
            true => "see what takes the signature away on the way: the service found none",
            false if it.request().is_none() => {
                "sign the request: the service found neither an Authorization header nor X-Amz-Signature"
            }
            false => "sign the request: it has neither an Authorization header nor X-Amz-Signature",
        };
        Some(Word {
            rules: &[
                "authorization-parts-missing",
                "missing-auth-token-wrong-route",
                "sigv2-on-v4-only-endpoint",
            ],
            circumstance: Circumstance::Stated,
            fix: fix.to_owned(),
            ..unsigned
        })
    }
}

fn is_no_region(text: &BString) -> bool {
    let text = text.to_str_lossy();
    catalog::partition_of_region(&text).is_none() || text.ends_with("-global")
}

/// For which region a host without one signs, in the partition of a region that was refused; nothing
/// where it was refused itself.
fn of_no_region(refused: &str) -> String {
    let partitions = || catalog::partitions().find(|partition| partition.name() == "aws");
    let partition = catalog::partition_of_region(refused).or_else(partitions);
    let Some(own) = partition.map(catalog::Partition::global_region) else {
        return String::new();
    };
    match refused {
        _ if own == refused => String::new(),
        // There, services differ in it.
        _ if own.starts_with("cn") => {
            ": in China, a host without a region signs for cn-north-1 or cn-northwest-1".to_owned()
        }
        _ => format!(": a host without a region signs for {own}"),
    }
}

const CLOCK: &str = "set the clock (NTP), or sign with the time of the service's Date header";
const BEHIND: &[&str] = &["clock-skew-behind", "clock-skew-ahead", "s3-clock-skew"];
const AHEAD: &[&str] = &["clock-skew-ahead", "clock-skew-behind", "s3-clock-skew"];
const PARTS: &[&str] = &["authorization-parts-missing", "authorization-malformed"];
const PAYLOAD_HEADER: &[&str] = &[
    "content-sha256-header-missing",
    "aoss-content-sha256-missing",
];
const CHECKSUMS: &[&str] = &[
    "body-changed-after-signing",
    "content-sha256-mismatch",
    "presign-checksum-of-empty-body",
    "streaming-trailer-not-supported",
];
const KEYS: &[&str] = &[
    "retired-or-unknown-access-key",
    "session-token-missing-or-stale",
    "presign-session-token-missing",
    "optin-region-key-unknown",
    "wrong-partition-keys",
];
const TOKENS: &[&str] = &[
    "session-token-missing-or-stale",
    "presign-session-token-missing",
    "optin-region-key-unknown",
    "expired-session-token",
];
const TARGETS: &[&str] = &[
    "unknown-target",
    "bare-target",
    "target-of-another-service",
    "request-in-another-protocol",
    "content-type-wrong-for-protocol",
];
const SERVICE: &[&str] = &[
    "wrong-service-in-scope",
    "wrong-service-s3-scope",
    "host-label-is-not-signing-name",
    "service-id-is-not-signing-name",
    "signing-name-wrong-case",
    "iot-wrong-signing-name",
];
const S3_REGION: &[&str] = &[
    "s3-wrong-region",
    "s3-compatible-region",
    "presign-wrong-region",
    "region-literal-wrong",
    "multi-region-needs-sigv4a",
];
const S3_QUERY_REGION: &[&str] = &[
    "presign-wrong-region",
    "s3-compatible-region",
    "s3-wrong-region",
    "region-literal-wrong",
    "multi-region-needs-sigv4a",
];
const REGION: &[&str] = &[
    "region-in-scope-not-the-hosts",
    "region-literal-wrong",
    "global-service-wrong-region",
    "sts-endpoint-region-mismatch",
    "multi-region-needs-sigv4a",
    "partition-mixed-up",
    "s3-wrong-region",
];
const NO_REGION: &[&str] = &[
    "region-literal-wrong",
    "region-in-scope-not-the-hosts",
    "global-service-wrong-region",
    "sts-endpoint-region-mismatch",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_without_a_region_signs_for_its_partitions_own() {
        let told = |refused: &str| of_no_region(refused);
        assert!(told("eu-west-1").ends_with("signs for us-east-1"));
        assert!(told("").ends_with("signs for us-east-1"));
        assert!(told("us-gov-east-1").ends_with("signs for us-gov-west-1"));
        assert!(told("cn-north-1").ends_with("signs for cn-north-1 or cn-northwest-1"));
        for refused in ["us-east-1", "us-gov-west-1"] {
            assert_eq!(told(refused), "");
        }
    }

    #[test]
    fn every_rule_that_is_named_is_there() {
        let source = include_str!("told.rs");
        let (source, _) = source.split_once("mod tests").unwrap();
        let quoted = source.split('"').skip(1).step_by(2);
        let ids = quoted.filter(|text| {
            let of_id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            text.contains('-') && text.chars().all(of_id) && !text.starts_with('-')
        });
        let ids: Vec<&str> = ids
            .filter(|id| !["x-amz-content-sha256", "x-amz-security-token"].contains(id))
            .collect();
        assert!(ids.len() > 40);
        for id in ids {
            assert!(rules::rule(id).is_some(), "{id}");
        }
    }
}

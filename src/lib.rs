//! countersign: what a signed AWS request says, and what it should have said.
//!
//! The program finds out why AWS answers `SignatureDoesNotMatch`. What it is made of is a library:
//! a signer that keeps every artifact on the way to a signature, readers of clients' logs, and an
//! examination that names the mistake in a request and says how sure that is.
//!
//! # The artifacts of a request
//!
//! [`sigv4::derive`] makes the canonical request and the string to sign of a captured
//! [`wire::Request`], the right way, and keeps where each line came from. What the service wants of
//! its signatures, its [`sigv4::Recipe`], the [`catalog`] knows.
//!
//! ```
//! use countersign::{
//!     catalog,
//!     sigv4::{
//!         CredentialScope, PayloadHash, Placement, SecretAccessKey, SignedHeaders, Signing,
//!         SigningKey, Timestamp, derive,
//!     },
//!     wire::Request,
//! };
//!
//! let text = b"GET /?Version=2010-05-08&Action=ListUsers HTTP/1.1\r\n\
//!     Host: iam.amazonaws.com\r\n\
//!     Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n\
//!     X-Amz-Date: 20150830T123600Z\r\n\r\n";
//! let request = Request::parse(text)?.message;
//! let timestamp = Timestamp::parse(b"20150830T123600Z")?;
//! let scope = CredentialScope::new(timestamp, "us-east-1", "iam");
//! let derivation = derive(
//!     &request,
//!     &Signing {
//!         timestamp,
//!         scope: &scope,
//!         signed_headers: &SignedHeaders::of_request(&request),
//!         payload_hash: PayloadHash::of(b""),
//!         recipe: &catalog::recipe_for_signing_name("iam"),
//!         placement: Placement::Header,
//!     },
//! );
//! assert_eq!(
//!     derivation.canonical_request_text,
//!     "GET\n\
//!      /\n\
//!      Action=ListUsers&Version=2010-05-08\n\
//!      content-type:application/x-www-form-urlencoded; charset=utf-8\n\
//!      host:iam.amazonaws.com\n\
//!      x-amz-date:20150830T123600Z\n\
//!      \n\
//!      content-type;host;x-amz-date\n\
//!      e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
//! );
//! // `Action`, the first pair of the canonical query, was the second of the request.
//! assert_eq!(derivation.provenance.query, [1, 0]);
//!
//! let secret = SecretAccessKey::new(b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_vec());
//! let signature = derivation.sign(&SigningKey::derive(&secret, &scope));
//! assert_eq!(
//!     signature.to_string(),
//!     "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
//! );
//! # Ok::<(), countersign::wire::ParseError>(())
//! ```
//!
//! # The mistakes in a log
//!
//! [`source::read_all`] recognises what it is given and turns it into cases; [`diagnose::diagnose`]
//! looks for every mistake in one of them. Nothing is looked up but in the catalogue that is built
//! in: no file, no network, no clock.
//!
//! ```
//! use countersign::{
//!     diagnose::{Depth, Evidence, Examination, Verdict, diagnose},
//!     evidence::InputId,
//!     source::read_all,
//! };
//!
//! let log = b"POST / HTTP/1.1\n\
//!     Host: autoscaling-plans.us-east-1.amazonaws.com\n\
//!     X-Amz-Date: 20260102T030405Z\n\
//!     X-Amz-Target: DescribeScalingPlans\n\
//!     Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/autoscaling/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=0000000000000000000000000000000000000000000000000000000000000000\n\
//!     Content-Length: 2\n\n{}";
//! let (cases, notes, _) = read_all(InputId(0), &mut &log[..]);
//! assert!(notes.is_empty());
//! let case = &cases[0];
//! let attempt = case.last_attempt().ok_or("an attempt")?;
//! let examination = Examination::new(Evidence {
//!     case,
//!     attempt,
//!     secret: None,
//!     session_token: None,
//!     clock: None,
//!     theirs: None,
//! });
//! let diagnosis = diagnose(&examination, Depth::default());
//! assert_eq!(diagnosis.verdict(), Verdict::MistakeStated);
//! let rules: Vec<&str> = diagnosis.findings.iter().map(|finding| finding.rule.id).collect();
//! assert_eq!(rules, ["bare-target", "wrong-service-in-scope"]);
//! # Ok::<(), &str>(())
//! ```
//!
//! # The rooms
//!
//! Each module may name only those above it; `tests/rooms.rs` holds them to it.
#![warn(missing_docs)]

pub mod wire;

pub mod sigv4;

pub mod catalog;

pub mod evidence;

pub mod source;

pub mod compare;

pub mod diagnose;

pub mod sign;

pub mod send;

pub mod report;

pub mod render;

pub mod examine;

pub mod command;

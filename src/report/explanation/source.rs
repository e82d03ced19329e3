/// A page of a documentation that a statement follows.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Source {
    /// Its title.
    pub(super) title: &'static str,
    /// Its address.
    pub(super) url: &'static str,
}

impl Source {
    /// Title and address, for scripts.
    pub(super) fn text(&self) -> String {
        format!("{}: {}", self.title, self.url)
    }
}

macro_rules! sources {
    ($($name:ident = $title:literal, $url:literal;)*) => {
        $(pub(super) static $name: Source = Source { title: $title, url: $url };)*

        #[cfg(test)]
        static ALL: &[&Source] = &[$(&$name),*];
    };
}

sources! {
    CANONICAL = "Create a signed AWS API request, step 1: create a canonical request",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html";
    HASH = "Create a signed AWS API request, step 2: create a hash of the canonical request",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html";
    STRING = "Create a signed AWS API request, step 3: create a string to sign",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html";
    KEY = "Create a signed AWS API request, step 4: derive a signing key",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html";
    SIGNATURE = "Create a signed AWS API request, step 5: calculate the signature",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html";
    ADD = "Create a signed AWS API request, step 6: add the signature to the request",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html";
    SIGV4A = "AWS Signature Version 4 for API requests, with AWS Signature Version 4A",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html";
    S3_HEADER = "Amazon S3 API Reference, Authenticating Requests: Using the Authorization Header",
        "https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html";
    S3_QUERY = "Amazon S3 API Reference, Authenticating Requests: Using Query Parameters",
        "https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html";
    S3_STREAMING = "Amazon S3 API Reference, Transferring Payload in Multiple Chunks",
        "https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html";
    IOT = "AWS IoT Core Developer Guide, IAM users, groups, and roles",
        "https://docs.aws.amazon.com/iot/latest/developerguide/iam-users-groups-roles.html";
    LATTICE = "VPC Lattice User Guide, SigV4 authenticated requests",
        "https://docs.aws.amazon.com/vpc-lattice/latest/ug/sigv4-authenticated-requests.html";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_is_a_page_of_aws() {
        for source in ALL {
            assert!(
                source.url.starts_with("https://docs.aws.amazon.com/"),
                "{source:?}"
            );
            assert!(!source.title.is_empty(), "{source:?}");
        }
    }
}

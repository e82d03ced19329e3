//! The checksums that uploads to Amazon S3 state of their bodies.
//!
//! Source: "Checking object integrity in Amazon S3", Amazon S3 User Guide; the polynomials are those
//! of the catalogue of parametrised CRC algorithms: CRC-32/ISO-HDLC, CRC-32/ISCSI, CRC-64/NVME.

use sha1::{Digest, Sha1};

use super::Sha256Digest;
use crate::wire::base64::base64;

/// The value of a field such as `x-amz-checksum-crc32` for these bytes, in Base64; `None` where the
/// name is of none that is known.
#[must_use]
pub fn checksum(name: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    let name = name.to_ascii_lowercase();
    let algorithm = name.strip_prefix(b"x-amz-checksum-")?;
    Some(match algorithm {
        b"crc32" => base64(&low_half(reflected(0xEDB8_8320, 32, bytes))),
        b"crc32c" => base64(&low_half(reflected(0x82F6_3B78, 32, bytes))),
        b"crc64nvme" => base64(&reflected(0x9A6C_9329_AC4B_C9B5, 64, bytes).to_be_bytes()),
        b"sha1" => base64(&Sha1::digest(bytes)),
        b"sha256" => base64(Sha256Digest::of(bytes).as_bytes()),
        _ => return None,
    })
}

fn low_half(value: u64) -> [u8; 4] {
    let [_, _, _, _, a, b, c, d] = value.to_be_bytes();
    [a, b, c, d]
}

/// A CRC whose bits go in and out lowest first, which begins and ends with all bits turned.
fn reflected(polynomial: u64, width: u32, bytes: &[u8]) -> u64 {
    let all = u64::MAX >> (64 - width);
    let crc = bytes.iter().fold(all, |crc, byte| {
        (0..8).fold(crc ^ u64::from(*byte), |crc, _| match crc & 1 {
            1 => crc >> 1 ^ polynomial,
            _ => crc >> 1,
        })
    });
    crc ^ all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_values_of_the_algorithms_come_out() {
        // Those of the catalogue for `123456789`, in hex: cbf43926, e3069283, ae8b14860a799888.
        for (name, value) in [
            ("x-amz-checksum-crc32", "y/Q5Jg=="),
            ("X-Amz-Checksum-Crc32c", "4waSgw=="),
            ("x-amz-checksum-crc64nvme", "rosUhgp5mIg="),
            ("x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
            (
                "x-amz-checksum-sha256",
                "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
            ),
        ] {
            let made = checksum(name.as_bytes(), b"123456789");
            assert_eq!(made.unwrap(), value.as_bytes(), "{name}");
        }
        assert_eq!(checksum(b"x-amz-checksum-md6", b""), None);
        assert_eq!(checksum(b"x-amz-meta", b""), None);
    }
}

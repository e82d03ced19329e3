//! What a signing name wants of a signature: how the path is encoded, which payload hash, where
//! the session token stands.

use super::table::{self, RECIPES};
use crate::sigv4::{PathEncoding, PathNormalization, PayloadRule, Recipe, SessionTokenPlacement};

/// The recipe of the services that sign under this name; [`Recipe::STANDARD`] for all names that
/// have no rule of their own, unknown ones among them.
///
/// Source: `table/recipes.txt`, where each line names its own.
pub fn recipe_for_signing_name(name: &str) -> Recipe {
    let Some(line) = table::line_of(RECIPES, name) else {
        return Recipe::STANDARD;
    };
    Recipe {
        path_encoding: match table::column(line, 1) {
            Some("once") => PathEncoding::Once,
            _ => PathEncoding::Twice,
        },
        path_normalization: match table::column(line, 2) {
            Some("keep") => PathNormalization::Keep,
            _ => PathNormalization::Normalize,
        },
        payload: match table::column(line, 3) {
            Some("stated") => PayloadRule::Stated,
            Some("unsigned") => PayloadRule::Unsigned,
            _ => PayloadRule::Signed,
        },
        session_token: match table::column(line, 4) {
            Some("appended") => SessionTokenPlacement::Appended,
            _ => SessionTokenPlacement::Signed,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_rules_of_their_own() {
        assert_eq!(recipe_for_signing_name("dynamodb"), Recipe::STANDARD);
        assert_eq!(recipe_for_signing_name("no-such-name"), Recipe::STANDARD);
        for name in ["s3", "s3express", "s3-object-lambda", "s3-outposts"] {
            assert_eq!(recipe_for_signing_name(name), Recipe::S3, "{name}");
        }
        assert_eq!(recipe_for_signing_name("aoss").payload, PayloadRule::Stated);
        assert_eq!(
            recipe_for_signing_name("vpc-lattice-svcs").payload,
            PayloadRule::Unsigned
        );
        let iot = recipe_for_signing_name("iotdevicegateway");
        assert_eq!(iot.session_token, SessionTokenPlacement::Appended);
    }
}

//! Access keys that a program holds itself.

use std::fmt;

/// An access key and its secret.
#[derive(Clone)]
pub struct Keys {
    /// The public half.
    pub access_key_id: String,
    /// The secret half; never shown.
    pub secret_access_key: String,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Keys;

    #[test]
    fn a_secret_is_never_shown() {
        let keys = Keys { access_key_id: "AKID".to_owned(), secret_access_key: "hush".to_owned() };
        assert_eq!(format!("{keys:?}"), "Keys { access_key_id: \"AKID\", .. }");
    }
}

//! The name of a file or object, and how names are joined.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// S3 keys are at most 1024 bytes of UTF-8 (Amazon S3 User Guide, "Naming Amazon S3 objects").
const LONGEST_KEY: usize = 1024;

/// Where a file or object is: a local path, or a key of an S3 bucket.
///
/// A folder is written with or without its trailing `/`; both mean the same to
/// [`Storage::list`](crate::Storage::list) and to [`Location::join`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Location {
    /// A path of this machine, absolute or relative to the working directory.
    Local(PathBuf),
    /// An S3 object, or a prefix of objects.
    S3 {
        /// The bucket's name.
        bucket: String,
        /// The key, without a leading `/`; empty for the bucket as a whole.
        key: String,
    },
}

/// Why a text is not a location.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// The text is empty.
    #[error("the location is empty; write a path such as data/in.csv, or s3://bucket/key")]
    Empty,
    /// The scheme is not one this program speaks.
    #[error(
        "`{text}`: locations of scheme `{scheme}` are not supported; write a path, or \
         s3://bucket/key"
    )]
    Scheme {
        /// The whole text.
        text: String,
        /// What stands before `://`.
        scheme: String,
    },
    /// The bucket's name is missing or has characters no bucket can have.
    #[error(
        "`{text}`: `{bucket}` is not a bucket name; it is letters, digits, dots, hyphens and \
         underscores, as in s3://bucket/key"
    )]
    Bucket {
        /// The whole text.
        text: String,
        /// What stands where the bucket belongs.
        bucket: String,
    },
    /// A kind of bucket or name that this program does not know.
    #[error("`{text}`: {what} cannot be used; {remedy}")]
    Unsupported {
        /// The whole text.
        text: String,
        /// The kind.
        what: &'static str,
        /// What to write instead.
        remedy: &'static str,
    },
    /// The key is longer than S3 allows.
    #[error("the key of `{text}` has {length} bytes; S3 allows 1024")]
    LongKey {
        /// The whole text.
        text: String,
        /// The key's length in bytes.
        length: usize,
    },
    /// A name to be joined would leave the folder, or is not a name.
    #[error(
        "`{name}` cannot be put below `{folder}`: it must be a relative name without empty, `.` \
         or `..` parts"
    )]
    Join {
        /// The folder.
        folder: String,
        /// The name that was refused.
        name: String,
    },
}

impl Location {
    /// The object, or the prefix of objects, with this key; the bucket as a whole for an empty one.
    pub(crate) fn object(bucket: &str, key: &str) -> Location {
        Location::S3 { bucket: bucket.to_owned(), key: key.to_owned() }
    }

    /// The location of `name` below this one.
    ///
    /// `name` may have several parts separated by `/`, and a trailing `/`. A name that is absolute
    /// or has an empty, `.` or `..` part is refused, so that the result is always inside.
    pub fn join(&self, name: &str) -> Result<Location, LocationError> {
        let body = name.strip_suffix('/').unwrap_or(name);
        let is_safe =
            |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\0', '\n', '\r']);
        if !body.split('/').all(is_safe) {
            return Err(LocationError::Join { folder: self.to_string(), name: name.to_owned() });
        }
        match self {
            Location::Local(path) => Ok(Location::Local(path.join(name))),
            Location::S3 { bucket, key } => {
                let slash = if key.is_empty() || key.ends_with('/') { "" } else { "/" };
                let joined =
                    Location::S3 { bucket: bucket.clone(), key: format!("{key}{slash}{name}") };
                joined.with_key_checked()
            }
        }
    }

    /// The last part of the name, without a trailing `/`; `None` for a bucket or a root folder, or
    /// a local name that is not UTF-8.
    pub fn file_name(&self) -> Option<&str> {
        match self {
            Location::Local(path) => path.file_name()?.to_str(),
            Location::S3 { key, .. } => {
                let body = key.strip_suffix('/').unwrap_or(key);
                let name = body.rsplit('/').next().unwrap_or(body);
                (!name.is_empty()).then_some(name)
            }
        }
    }

    /// Whether this is written as a folder: with a trailing `/`, or a bucket as a whole.
    pub fn is_prefix(&self) -> bool {
        match self {
            Location::Local(path) => path.as_os_str().as_encoded_bytes().ends_with(b"/"),
            Location::S3 { key, .. } => key.is_empty() || key.ends_with('/'),
        }
    }

    /// Whether this is an S3 location.
    pub fn is_s3(&self) -> bool {
        matches!(self, Location::S3 { .. })
    }

    fn with_key_checked(self) -> Result<Location, LocationError> {
        match &self {
            Location::S3 { key, .. } if key.len() > LONGEST_KEY => {
                Err(LocationError::LongKey { text: self.to_string(), length: key.len() })
            }
            _ => Ok(self),
        }
    }
}

impl FromStr for Location {
    type Err = LocationError;

    fn from_str(text: &str) -> Result<Location, LocationError> {
        if text.is_empty() {
            return Err(LocationError::Empty);
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            let first = text.split('/').next().unwrap_or(text);
            let is_scheme = |name: &str| {
                name.starts_with(|c: char| c.is_ascii_alphabetic())
                    && name.chars().all(|c| c.is_ascii_alphanumeric())
            };
            // A typing error must not become a folder inside the pod, which vanishes with the pod.
            if first.len() < text.len() && first.strip_suffix(':').is_some_and(is_scheme)
                || text.starts_with("s3//")
            {
                return Err(LocationError::Unsupported {
                    text: text.to_owned(),
                    what: "a scheme without ://",
                    remedy: "write s3://bucket/key, or ./ before the name of a local folder",
                });
            }
            return Ok(Location::Local(PathBuf::from(text)));
        };
        match scheme {
            "s3" => {
                let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
                let unsupported = |what, remedy| LocationError::Unsupported {
                    text: text.to_owned(),
                    what,
                    remedy,
                };
                if rest.starts_with("arn:") {
                    let remedy = "write the access point's alias (NAME-...-s3alias) as the \
                                  bucket, s3://ALIAS/key";
                    return Err(unsupported("the ARN of an access point", remedy));
                }
                if bucket.ends_with("--x-s3") {
                    let remedy = "keep the data in a general purpose bucket";
                    return Err(unsupported("a directory bucket (S3 Express One Zone)", remedy));
                }
                let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
                if bucket.is_empty() || bucket.starts_with('.') || !bucket.chars().all(is_allowed) {
                    return Err(LocationError::Bucket {
                        text: text.to_owned(),
                        bucket: bucket.to_owned(),
                    });
                }
                let location = Location::S3 { bucket: bucket.to_owned(), key: key.to_owned() };
                location.with_key_checked()
            }
            "s3a" | "s3n" => Err(LocationError::Unsupported {
                text: text.to_owned(),
                what: "Hadoop's names of S3",
                remedy: "write s3://bucket/key",
            }),
            "file" if rest.starts_with('/') => Ok(Location::Local(PathBuf::from(rest))),
            // A `://` further inside is part of an odd but legal path.
            _ if scheme.contains('/') => Ok(Location::Local(PathBuf::from(text))),
            _ => Err(LocationError::Scheme { text: text.to_owned(), scheme: scheme.to_owned() }),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Local(path) => path.display().fmt(f),
            Location::S3 { bucket, key } => write!(f, "s3://{bucket}/{key}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Location, LocationError};
    use proptest::prelude::*;
    use std::path::PathBuf;

    fn at(text: &str) -> Location {
        text.parse().expect("a valid location")
    }

    #[test]
    fn a_path_is_local_and_an_s3_url_is_split_at_the_first_slash() {
        assert_eq!(at("data/in.csv"), Location::Local(PathBuf::from("data/in.csv")));
        assert_eq!(at("file:///data/in.csv"), Location::Local(PathBuf::from("/data/in.csv")));
        assert_eq!(at("./odd/x://y"), Location::Local(PathBuf::from("./odd/x://y")));
        let s3 = |bucket: &str, key: &str| Location::S3 {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
        };
        assert_eq!(at("s3://b/a/c.csv"), s3("b", "a/c.csv"));
        assert_eq!(at("s3://b"), s3("b", ""));
        assert_eq!(at("s3://b/"), s3("b", ""));
        assert_eq!(at("s3://b/käse + brot.csv"), s3("b", "käse + brot.csv"));
    }

    #[test]
    fn what_is_no_location_is_refused_with_the_reason() {
        let refusal = |text: &str| text.parse::<Location>().expect_err("refused").to_string();
        for slip in ["s3:/b/k", "s3//b/k", "S3:/b", "gs:/b/k", "http:/b/k"] {
            assert_eq!(
                refusal(slip),
                format!(
                    "`{slip}`: a scheme without :// cannot be used; write s3://bucket/key, or ./ \
                     before the name of a local folder"
                )
            );
        }
        for path in ["./s3:/b", "a:b/c", "12:30/x", "s3:", "s3/b"] {
            assert_eq!(at(path), Location::Local(PathBuf::from(path)));
        }
        assert_eq!(
            refusal(""),
            "the location is empty; write a path such as data/in.csv, or s3://bucket/key"
        );
        assert_eq!(
            refusal("gs://b/k"),
            "`gs://b/k`: locations of scheme `gs` are not supported; write a path, or \
             s3://bucket/key"
        );
        assert_eq!(
            refusal("s3a://b/k"),
            "`s3a://b/k`: Hadoop's names of S3 cannot be used; write s3://bucket/key"
        );
        assert_eq!(
            refusal("s3://xp--usw2-az1--x-s3/k"),
            "`s3://xp--usw2-az1--x-s3/k`: a directory bucket (S3 Express One Zone) cannot be \
             used; keep the data in a general purpose bucket"
        );
        assert!(
            refusal("s3://arn:aws:s3:us-east-1:123456789012:accesspoint/ap/k")
                .contains("s3://ALIAS/key")
        );
        for text in ["s3://", "s3:///k", "s3://b c/k", "s3://../k"] {
            assert!(matches!(text.parse::<Location>(), Err(LocationError::Bucket { .. })));
        }
        let long = format!("s3://b/{}", "k".repeat(1025));
        assert!(matches!(
            long.parse::<Location>(),
            Err(LocationError::LongKey { length: 1025, .. })
        ));
    }

    #[test]
    fn joining_puts_exactly_one_slash_between() {
        assert_eq!(at("out").join("a/b.csv"), Ok(at("out/a/b.csv")));
        assert_eq!(at("out/").join("b.csv"), Ok(at("out/b.csv")));
        assert_eq!(at("s3://b").join("c"), Ok(at("s3://b/c")));
        assert_eq!(at("s3://b/x").join("c/"), Ok(at("s3://b/x/c/")));
        assert_eq!(at("s3://b/x/").join("c"), Ok(at("s3://b/x/c")));
    }

    #[test]
    fn a_joined_name_cannot_leave_its_folder() {
        for name in ["", "/", "/etc/passwd", "..", "a/../b", "a//b", "./a", "a/.", "a\0b"] {
            for folder in ["out", "s3://b/x"] {
                assert!(
                    matches!(at(folder).join(name), Err(LocationError::Join { .. })),
                    "{name:?} below {folder}"
                );
            }
        }
    }

    #[test]
    fn the_file_name_is_the_last_part() {
        assert_eq!(at("a/b.csv").file_name(), Some("b.csv"));
        assert_eq!(at("s3://b/a/b.csv").file_name(), Some("b.csv"));
        assert_eq!(at("s3://b/a/").file_name(), Some("a"));
        assert_eq!(at("s3://b/").file_name(), None);
        assert_eq!(at("/").file_name(), None);
        assert!(at("a/").is_prefix() && at("s3://b").is_prefix() && at("s3://b/a/").is_prefix());
        assert!(!at("a").is_prefix() && !at("s3://b/a").is_prefix());
    }

    proptest! {
        #[test]
        fn a_location_survives_being_written_and_read(
            text in "(s3://[a-z0-9.-]{1,20}x/)?[^:\0]{1,40}",
        ) {
            if let Ok(location) = text.parse::<Location>() {
                prop_assert_eq!(location.to_string().parse::<Location>(), Ok(location));
            }
        }

        #[test]
        fn what_join_accepts_stays_inside(name in "[a-z./]{0,12}") {
            for folder in ["/base/out", "s3://b/out"] {
                if let Ok(joined) = at(folder).join(&name) {
                    let text = joined.to_string();
                    let below = text.strip_prefix(folder);
                    prop_assert!(below.is_some_and(|rest| rest.starts_with('/')), "{}", text);
                    prop_assert!(!text.split('/').any(|part| part == ".."));
                }
            }
        }
    }
}

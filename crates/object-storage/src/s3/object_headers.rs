//! The headers that go with requests where a bucket's policy asks for them. They are put on every
//! request in one place, before it is signed, rather than by each kind of request.
//!
//! Source: the request headers of each operation in the Amazon S3 API reference.

use std::fmt;
use std::path::Path;

use aws_sdk_s3::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_types::base64;
use md5::{Digest as _, Md5};

use crate::Error;
use crate::args::{Encryption, ObjectArgs};

/// The size of a key of AES-256, in bytes.
const CUSTOMER_KEY_SIZE: usize = 32;

/// A name and its value.
type Header = (&'static str, String);

/// Which headers go with which requests.
#[derive(Default)]
pub(super) struct ObjectHeaders {
    /// With every request.
    always: Vec<Header>,
    /// With those that begin to write an object.
    written: Vec<Header>,
    /// With those that read or write what is encrypted with the customer's key. A secret.
    keyed: Vec<Header>,
}

impl ObjectHeaders {
    /// Reads the file of the customer's key, if there is one.
    ///
    /// # Errors
    ///
    /// [`Error::ObjectSetting`] for a value that no header can carry, for settings that exclude
    /// each other, and for a key that is none.
    pub(super) fn new(args: &ObjectArgs) -> Result<ObjectHeaders, Error> {
        let kms_key = given("--s3-sse-kms-key-id", args.sse_kms_key_id.as_ref())?;
        let encryption = match (args.sse, &kms_key) {
            (Some(Encryption::Aes256), Some(_)) => {
                return Err(wrong(
                    "--s3-sse-kms-key-id",
                    "with --s3-sse AES256 the server uses keys of its own: leave one of them out",
                ));
            }
            (None, Some(_)) => Some(Encryption::Kms),
            (encryption, _) => encryption,
        };
        let written = [
            ("x-amz-server-side-encryption", encryption.map(|kind| kind.name().to_owned())),
            ("x-amz-server-side-encryption-aws-kms-key-id", kms_key),
            ("x-amz-storage-class", given("--s3-storage-class", args.storage_class.as_ref())?),
            ("x-amz-acl", given("--s3-acl", args.acl.as_ref())?),
            ("x-amz-tagging", given("--s3-tagging", args.tagging.as_ref())?),
        ];
        let key_file = args.sse_customer_key_file.as_deref();
        let keyed = match key_file.filter(|path| !path.as_os_str().is_empty()) {
            Some(file) => headers_of_key(&customer_key(file)?),
            None => Vec::new(),
        };
        Ok(ObjectHeaders {
            always: args
                .request_payer
                .then(|| ("x-amz-request-payer", "requester".to_owned()))
                .into_iter()
                .collect(),
            written: written.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
            keyed,
        })
    }

    /// The headers of a request for `operation`, by its name in the API.
    fn of(&self, operation: &str) -> impl Iterator<Item = &Header> {
        let (is_begun, is_keyed) = match operation {
            "PutObject" | "CreateMultipartUpload" => (true, true),
            "UploadPart" | "CompleteMultipartUpload" | "GetObject" | "HeadObject" => (false, true),
            _ => (false, false),
        };
        let written = self.written.iter().filter(move |_| is_begun);
        let keyed = self.keyed.iter().filter(move |_| is_keyed);
        self.always.iter().chain(written).chain(keyed)
    }
}

impl Intercept for ObjectHeaders {
    fn name(&self) -> &'static str {
        "ObjectHeaders"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        settings: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = settings.load::<Metadata>().map_or("", Metadata::name);
        let headers = context.request_mut().headers_mut();
        for (name, value) in self.of(operation) {
            headers.try_insert(*name, value.clone())?;
        }
        Ok(())
    }
}

/// Names only: the customer's key is a secret.
impl fmt::Debug for ObjectHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.always.iter().chain(&self.written).chain(&self.keyed);
        f.debug_set().entries(all.map(|(name, _)| name)).finish()
    }
}

fn wrong(setting: &'static str, detail: impl Into<String>) -> Error {
    Error::ObjectSetting { setting, detail: detail.into() }
}

/// The value of a setting, if it is one that a header can carry. An empty variable counts as not
/// set.
fn given(setting: &'static str, value: Option<&String>) -> Result<Option<String>, Error> {
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        let detail = format!("{value:?} holds a blank, a line end or a letter beyond ASCII");
        return Err(wrong(setting, detail));
    }
    Ok(Some(value.clone()))
}

fn customer_key(file: &Path) -> Result<Vec<u8>, Error> {
    const SETTING: &str = "--s3-sse-customer-key-file";
    let content = std::fs::read(file)
        .map_err(|error| wrong(SETTING, format!("{} cannot be read: {error}", file.display())))?;
    if content.len() == CUSTOMER_KEY_SIZE {
        return Ok(content);
    }
    let decoded =
        std::str::from_utf8(&content).ok().and_then(|text| base64::decode(text.trim()).ok());
    decoded.filter(|key| key.len() == CUSTOMER_KEY_SIZE).ok_or_else(|| {
        wrong(
            SETTING,
            format!(
                "{} holds {} bytes, and a key is 32 bytes or their base64 (openssl rand 32)",
                file.display(),
                content.len()
            ),
        )
    })
}

fn headers_of_key(key: &[u8]) -> Vec<Header> {
    vec![
        ("x-amz-server-side-encryption-customer-algorithm", "AES256".to_owned()),
        ("x-amz-server-side-encryption-customer-key", base64::encode(key)),
        ("x-amz-server-side-encryption-customer-key-MD5", base64::encode(Md5::digest(key))),
    ]
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::{Encryption, ObjectArgs, ObjectHeaders};

    fn names(headers: &ObjectHeaders, operation: &str) -> Vec<&'static str> {
        headers.of(operation).map(|(name, _)| *name).collect()
    }

    fn refused(args: &ObjectArgs) -> String {
        ObjectHeaders::new(args).expect_err("refused").to_string()
    }

    #[test]
    fn nothing_is_sent_that_is_not_set_or_empty() {
        let empty = ObjectArgs { acl: Some(String::new()), ..ObjectArgs::default() };
        for args in [ObjectArgs::default(), empty] {
            let headers = ObjectHeaders::new(&args).expect("nothing to refuse");
            for operation in ["PutObject", "GetObject", "ListObjectsV2"] {
                assert!(names(&headers, operation).is_empty(), "{operation}");
            }
        }
    }

    #[test]
    fn what_is_written_says_how_and_what_is_read_does_not() {
        let args = ObjectArgs {
            sse_kms_key_id: Some("alias/nightly".to_owned()),
            storage_class: Some("STANDARD_IA".to_owned()),
            request_payer: true,
            ..ObjectArgs::default()
        };
        let headers = ObjectHeaders::new(&args).expect("sound settings");
        for operation in ["PutObject", "CreateMultipartUpload"] {
            assert_eq!(
                headers.of(operation).map(|(_, value)| value.as_str()).collect::<Vec<_>>(),
                ["requester", "aws:kms", "alias/nightly", "STANDARD_IA"]
            );
        }
        for operation in ["UploadPart", "GetObject", "ListObjectsV2", "DeleteObject"] {
            assert_eq!(names(&headers, operation), ["x-amz-request-payer"], "{operation}");
        }
    }

    #[test]
    fn a_key_of_the_customers_goes_with_reading_and_writing_and_is_never_shown() {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(b"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n").expect("written");
        let args = ObjectArgs {
            sse_customer_key_file: Some(file.path().to_path_buf()),
            ..ObjectArgs::default()
        };
        let headers = ObjectHeaders::new(&args).expect("a key");
        for operation in ["PutObject", "UploadPart", "GetObject", "HeadObject"] {
            let values: Vec<_> = headers.of(operation).map(|(_, value)| value.as_str()).collect();
            // By `openssl dgst -md5 -binary | base64` of the 32 characters.
            assert_eq!(
                values,
                [
                    "AES256",
                    "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
                    "hRasmdxgYDKV3nvbahU1MA=="
                ]
            );
        }
        assert!(names(&headers, "ListObjectsV2").is_empty());
        assert!(!format!("{headers:?}").contains("MDEy"));
    }

    #[test]
    fn settings_that_no_request_could_carry_are_refused_by_their_name() {
        let key = |path: &str| ObjectArgs {
            sse_customer_key_file: Some(path.into()),
            ..ObjectArgs::default()
        };
        let short = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(short.path(), "short").expect("written");
        for (args, wanted) in [
            (ObjectArgs { acl: Some("a b".into()), ..ObjectArgs::default() }, "--s3-acl"),
            (ObjectArgs { tagging: Some("a=1\n".into()), ..ObjectArgs::default() }, "--s3-tagging"),
            (
                ObjectArgs {
                    sse: Some(Encryption::Aes256),
                    sse_kms_key_id: Some("k".into()),
                    ..ObjectArgs::default()
                },
                "--s3-sse-kms-key-id",
            ),
            (key("/nowhere"), "/nowhere cannot be read"),
            (key(short.path().to_str().expect("UTF-8")), "holds 5 bytes"),
        ] {
            let told = refused(&args);
            assert!(told.contains(wanted), "{told}");
        }
    }
}

//! The requests of a multipart upload that need no state of it: a part, the abort, and how long
//! each may take.

use aws_sdk_s3::config::Config;
use aws_sdk_s3::types::CompletedPart;
use aws_smithy_types::timeout::TimeoutConfig;
use bytes::Bytes;

use super::server::S3;
use crate::{Action, Error, Location};

impl S3 {
    pub(super) async fn upload_part(
        &self,
        at: &Location,
        upload: &str,
        number: i32,
        bytes: Bytes,
    ) -> Result<CompletedPart, Error> {
        let Location::S3 { bucket, key } = at else {
            return Err(Error::NotAFile { at: at.clone() });
        };
        let request = || {
            self.client
                .upload_part()
                .bucket(bucket)
                .key(key)
                .upload_id(upload)
                .part_number(number)
                .body(bytes.clone().into())
                .customize()
                .config_override(self.slow_request(bytes.len() as u64))
                .send()
        };
        let part = self.run(Action::Write, at, request).await?;
        let etag = part
            .e_tag()
            .ok_or_else(|| self.endpoint.not_s3("it gives no tag for an uploaded part"))?;
        // Where the SDK has sent checksums, completing wants them again.
        Ok(CompletedPart::builder()
            .part_number(number)
            .e_tag(etag)
            .set_checksum_crc32(part.checksum_crc32)
            .set_checksum_crc32_c(part.checksum_crc32_c)
            .set_checksum_crc64_nvme(part.checksum_crc64_nvme)
            .set_checksum_sha1(part.checksum_sha1)
            .set_checksum_sha256(part.checksum_sha256)
            .build())
    }

    pub(super) async fn abort(&self, at: &Location, upload: &str) {
        let Location::S3 { bucket, key } = at else {
            return;
        };
        let request = || {
            self.client.abort_multipart_upload().bucket(bucket).key(key).upload_id(upload).send()
        };
        match self.run(Action::Write, at, request).await {
            Ok(_) | Err(Error::NotFound { .. }) => {}
            Err(error) => tracing::warn!(
                %at,
                upload,
                %error,
                "a multipart upload could not be aborted; a lifecycle rule of the bucket should \
                 remove its parts"
            ),
        }
    }

    /// The settings of the request that puts parts of `size` bytes in all together, which takes AWS
    /// minutes for TiB. Other servers do that before they begin to answer; AWS answers at once and
    /// then sends blanks, for as long as it needs. How long these may stay away is not set here.
    pub(super) fn slow_completion(&self, size: u64) -> aws_sdk_s3::config::Builder {
        let timeouts = TimeoutConfig::builder()
            .read_timeout(self.request_timeout(size / 256))
            .disable_operation_attempt_timeout()
            .build();
        Config::builder().timeout_config(timeouts)
    }

    /// The settings of a request that may take long because of its `size` in bytes.
    pub(super) fn slow_request(&self, size: u64) -> aws_sdk_s3::config::Builder {
        let timeouts =
            TimeoutConfig::builder().operation_attempt_timeout(self.request_timeout(size)).build();
        Config::builder().timeout_config(timeouts)
    }
}

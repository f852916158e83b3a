//! What AWS S3 writes of the requests to a bucket.

use super::fields::{Field, Time, TimeUnit};
use super::shape::Shape;

/// Lines of what the bucket's own rules did, such as `S3.EXPIRE.OBJECT`, are no requests; nor are
/// those of each object (`BATCH.DELETE.OBJECT`) that a request for many deleted.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html>.
pub(super) fn server_access() -> Shape {
    const SKIP: Field = Field::Skip;
    let request = [
        ("", SKIP),
        (" ", SKIP),
        (" [", Field::Time(Time::Common)),
        ("] ", Field::Client),
        (" ", SKIP),
        (" ", SKIP),
        (" ", Field::Operation),
        (" ", SKIP),
        (" \"", Field::Request),
        ("\" ", Field::Status),
        (" ", SKIP),
        (" ", Field::Bytes),
        (" ", SKIP),
        (" ", Field::Took(TimeUnit::Millis)),
        (" ", SKIP),
        (" \"", Field::Referrer),
        ("\" \"", Field::Agent),
        ("\" ", SKIP),
    ];
    // Who asked, how it was signed and encrypted, and the host came with later versions.
    let more =
        [(" ", SKIP), (" ", SKIP), (" ", SKIP), (" ", SKIP), (" ", Field::Host), (" ", SKIP)];
    let with_host = [&request[..], &more].concat();
    // The version of the object, or its dash, is not in old lines.
    let (_, without_version) = request.split_last().unwrap_or((&request[0], &[]));
    Shape::of_fields(&[(&with_host, ""), (without_version, "\""), (&request, "")])
}

//! What HAProxy writes with `option httplog`.

use super::fields::{Field, Time, TimeUnit};
use super::shape::Shape;

/// The line has five times with a slash between them: until the request was there, in queues, until
/// the server was connected, until it began to answer (`Tr`), and all of it (`Ta`). What was
/// captured of headers stands in braces, where something is captured.
///
/// The same log has connections that failed before there was a request (`SSL handshake failure`),
/// and those of services that are no HTTP (`option tcplog`). They are no requests.
///
/// Source: <https://docs.haproxy.org/3.0/configuration.html#8.2.3>.
pub(super) fn http_log() -> Shape {
    const SKIP: Field = Field::Skip;
    let fields = [
        ("", Field::ClientPort),
        (" [", Field::Time(Time::CommonWithoutZone)),
        ("] ", Field::Frontend),
        (" ", SKIP),
        (" ", SKIP),
        ("/", SKIP),
        ("/", Field::ConnectTime),
        ("/", Field::Upstream(TimeUnit::Millis)),
        ("/", Field::Took(TimeUnit::Millis)),
        (" ", Field::StatusIfAny),
        (" ", Field::Bytes),
        (" ", SKIP),
        (" ", SKIP),
        (" ", SKIP),
        (" ", SKIP),
        (" ", SKIP),
    ];
    let plain = [&fields[..], &[(" \"", Field::Request)]].concat();
    // Headers may have blanks in them, but their quotes are encoded.
    let captured = [&fields[..], &[(" {", SKIP), ("\"", Field::Request)]].concat();
    Shape::of_fields(&[(&captured, "\""), (&plain, "\"")]).going_on().raw()
}

//! What nginx and ingress-nginx write: combined, and other fields behind it.

use super::common::combined_with;
use super::fields::{Field, Time, TimeUnit};
use super::shape::Shape;

/// `$request_time`, and perhaps `$upstream_response_time`.
pub(super) fn combined_time() -> Shape {
    let took = (" ", Field::Took(TimeUnit::PointSeconds));
    let upstream = (" ", Field::Upstream(TimeUnit::PointSeconds));
    combined_with(&[(&[took, upstream], ""), (&[took], "")])
}

/// The format of nginx' own packages.
pub(super) fn main() -> Shape {
    combined_with(&[(&[(" \"", Field::ForwardedOnly)], "\"")])
}

/// Source: <https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/log-format/>.
pub(super) fn ingress() -> Shape {
    let fields = [
        (" ", Field::Skip),
        (" ", Field::Took(TimeUnit::PointSeconds)),
        (" [", Field::Skip),
        ("] [", Field::Skip),
        ("] ", Field::SkipList),
        (" ", Field::SkipList),
        (" ", Field::Upstream(TimeUnit::PointSeconds)),
        (" ", Field::SkipList),
        (" ", Field::Skip),
    ];
    combined_with(&[(&fields, "")])
}

/// What Nginx Proxy Manager writes of its hosts: with a state of the cache and the status of the
/// upstream where it is a proxy, and without them where it answers itself.
///
/// Source: its `conf.d/include/log.conf`.
pub(super) fn proxy_manager() -> Shape {
    let request = [
        (" - ", Field::Method),
        (" ", Field::Skip),
        (" ", Field::Host),
        (" \"", Field::Path),
        ("\" [Client ", Field::Client),
        ("] [Length ", Field::Bytes),
        ("] [Gzip ", Field::Skip),
    ];
    let end = [("] \"", Field::Agent), ("\" \"", Field::Referrer)];
    let time = ("[", Field::Time(Time::Common));
    let sent = [("] [Sent-to ", Field::Skip)];
    let cached = [time, ("] ", Field::Skip), (" ", Field::Skip), (" ", Field::Status)];
    let proxied = [&cached[..], &request, &sent, &end].concat();
    let answered = [&[time, ("] ", Field::Status)][..], &request, &end].concat();
    Shape::of_fields(&[(&proxied, "\""), (&answered, "\"")])
}

/// The times with their names before them, as many instructions on the web have them:
/// `rt=$request_time uct="$upstream_connect_time" uht="$upstream_header_time"
/// urt="$upstream_response_time"`.
pub(super) fn timed() -> Shape {
    let took = (" rt=", Field::Took(TimeUnit::Seconds));
    let upstream = Field::Upstream(TimeUnit::Seconds);
    let quoted = [
        took,
        (" uct=\"", Field::Skip),
        ("\" uht=\"", Field::Skip),
        ("\" urt=\"", upstream),
        ("\"", Field::Skip),
    ];
    let bare = [took, (" uct=", Field::SkipList), (" uht=", Field::SkipList), (" urt=", upstream)];
    combined_with(&[
        (&quoted, ""),
        (&bare, ""),
        (&[took, (" urt=", upstream)], ""),
        (&[took, (" ", Field::Skip)], ""),
        (&[took], ""),
    ])
}

//! What Envoy and Istio write where they are not told otherwise.

use super::fields::{Field, Time, TimeUnit};
use super::shape::Shape;

const SKIP: Field = Field::Skip;

/// Up to what the answer was.
const REQUEST: [(&str, Field); 4] = [
    ("[", Field::Time(Time::Iso)),
    ("] \"", Field::Request),
    ("\" ", Field::StatusIfAny),
    (" ", SKIP),
];

/// From the bytes that were received. Times are in milliseconds; Istio and Envoy do not log who is
/// connected here, but the header in which a proxy names its client.
const ANSWER: [(&str, Field); 4] = [
    (" ", SKIP),
    (" ", Field::Bytes),
    (" ", Field::Took(TimeUnit::Millis)),
    (" ", Field::Upstream(TimeUnit::Millis)),
];

/// Envoy's default format.
///
/// Source: Envoy's documentation, "Access logging", "Default Format String".
pub(super) fn default() -> Shape {
    let rest = [
        (" \"", Field::Client),
        ("\" \"", Field::Agent),
        ("\" \"", SKIP),
        ("\" \"", Field::Host),
        ("\" \"", SKIP),
    ];
    let fields = [&REQUEST[..], &ANSWER, &rest].concat();
    Shape::of_fields(&[(&fields, "\"")]).raw()
}

/// Istio's default format.
///
/// Source: <https://istio.io/latest/docs/tasks/observability/logs/access-log/>.
pub(super) fn istio() -> Shape {
    // How the answer came about, how the connection ended, and why the upstream failed.
    let details = [(" ", SKIP), (" ", SKIP), (" \"", SKIP), ("\" ", SKIP)];
    let rest = [
        (" \"", Field::Forwarded),
        ("\" \"", Field::Agent),
        ("\" \"", SKIP),
        ("\" \"", Field::Host),
        ("\" \"", SKIP),
        ("\" ", SKIP),
        (" ", SKIP),
        (" ", SKIP),
        (" ", Field::ClientPort),
        (" ", SKIP),
        (" ", SKIP),
    ];
    let fields = [&REQUEST[..], &details, &ANSWER[1..], &rest].concat();
    Shape::of_fields(&[(&fields, "")]).raw()
}

//! What Traefik writes where it is not told to write JSON.

use super::common::combined_with;
use super::fields::{Field, TimeUnit};
use super::shape::Shape;

/// Source: <https://doc.traefik.io/traefik/observability/access-logs/>.
pub(super) fn common_log_format() -> Shape {
    let fields = [
        (" ", Field::Skip),
        (" \"", Field::Skip),
        ("\" \"", Field::Skip),
        ("\" ", Field::Took(TimeUnit::Millis)),
    ];
    combined_with(&[(&fields, "ms")])
}

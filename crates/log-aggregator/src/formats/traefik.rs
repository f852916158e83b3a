//! What Traefik writes where it is not told to write JSON.

use super::common::{COMBINED, before};
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
    // A header that is not there is a dash without quotes in some versions.
    before(
        &[
            COMBINED,
            "%h %l %u %t \"%r\" %>s %b - \"%{User-Agent}i\"",
            "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" -",
            "%h %l %u %t \"%r\" %>s %b - -",
        ],
        &[(&fields, "ms")],
    )
}

//! What Squid writes where it is not told otherwise.

use super::fields::{Field, Time, TimeUnit};
use super::shape::Shape;

/// The time in seconds, the milliseconds it took with blanks before them, the client, how it was
/// answered and the status, bytes, method, URL, user, where it came from, and its type.
///
/// Source: <https://www.squid-cache.org/Doc/config/logformat/>.
pub(super) fn native() -> Shape {
    const SKIP: Field = Field::Skip;
    let fields = [
        ("", Field::Time(Time::Seconds)),
        (" ", Field::PaddedTook(TimeUnit::Millis)),
        (" ", Field::Client),
        (" ", SKIP),
        ("/", Field::Status),
        (" ", Field::Bytes),
        (" ", Field::Method),
        (" ", Field::Url),
        (" ", SKIP),
        (" ", SKIP),
        ("/", SKIP),
        (" ", SKIP),
    ];
    Shape::of_fields(&[(&fields, "")])
}

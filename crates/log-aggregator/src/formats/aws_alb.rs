//! What the load balancers of AWS write that see requests.

use super::fields::{Field, Time, TimeUnit};
use super::shape::Shape;

/// The line has three times: until the request was sent to the target
/// (`request_processing_time`), until the target began to answer (`target_processing_time`), and
/// until the answer was sent on (`response_processing_time`). The second one counts as the response
/// time: it is the time that the application took.
///
/// Source: <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html>.
pub(super) fn load_balancer() -> Shape {
    const SKIP: Field = Field::Skip;
    let request = [
        ("", SKIP),
        (" ", Field::Time(Time::Iso)),
        (" ", SKIP),
        (" ", Field::ClientPort),
        (" ", SKIP),
        (" ", SKIP),
        (" ", Field::Took(TimeUnit::Seconds)),
        (" ", SKIP),
        (" ", Field::Status),
        (" ", SKIP),
        (" ", SKIP),
        (" ", Field::Bytes),
        (" \"", Field::RequestOfUrl),
        ("\" \"", Field::Agent),
    ];
    // The name of the server came with a later version of the format.
    let named = [
        ("\" ", SKIP),
        (" ", SKIP),
        (" ", SKIP),
        (" \"", SKIP),
        ("\" \"", Field::ServerName),
        ("\"", SKIP),
    ];
    let with_name = [&request[..], &named].concat();
    let without_name = [&request[..], &named[..1]].concat();
    Shape::of_fields(&[(&with_name, ""), (&without_name, "")])
}

/// The older kind, called classic: it has the same times, and neither a type before them nor the
/// names behind the agent. Connections of a listener that is no HTTP have a line, too, and are no
/// requests.
///
/// Source: AWS' documentation, "Access logs for your Classic Load Balancer".
pub(super) fn classic() -> Shape {
    const SKIP: Field = Field::Skip;
    let fields = [
        ("", Field::Time(Time::Iso)),
        (" ", SKIP),
        (" ", Field::ClientPort),
        (" ", SKIP),
        (" ", SKIP),
        (" ", Field::Took(TimeUnit::Seconds)),
        (" ", SKIP),
        (" ", Field::StatusIfAny),
        (" ", SKIP),
        (" ", SKIP),
        (" ", Field::Bytes),
        (" \"", Field::RequestOfUrlIfAny),
        ("\" \"", Field::Agent),
        ("\" ", SKIP),
        (" ", SKIP),
    ];
    Shape::of_fields(&[(&fields, "")])
}

//! Why a JSON line is no request, in words for people.

use crate::formats::unparsed::Unparsed;

use super::entry::{build, is_time};
use super::fields::JsonFields;
use super::role::Role;
use super::values::{Content, FoundValue, LineValues};
use super::walk::values_of;

/// What is wrong with a line, and which setting would help. `None` where it is no JSON at all, or
/// nothing is wrong.
pub(in crate::formats) fn explain(fields: &JsonFields, line: &[u8]) -> Option<String> {
    let (mut space, mut reading) = (Vec::new(), Default::default());
    let (mut respelling, mut agent) = (Default::default(), Vec::new());
    let LineValues { space, values, sure } = values_of(fields, line, &mut space).ok()?;
    let value = |role: Role| values[role.place()].as_ref();
    let show = |value: &FoundValue| match &value.content {
        Content::Text(range) => {
            let text = String::from_utf8_lossy(&space[range.clone()]);
            format!("{:?}", text.chars().take(60).collect::<String>())
        }
        Content::Number(number) | Content::Whole(number) => number.to_string(),
    };
    let name = |value: &FoundValue| fields.name_of(value.role, value.rank).unwrap_or_default();
    let why = build(space, &values, sure, &mut reading, (&mut respelling, &mut agent)).err()?;
    Some(match (why, value(Role::Time)) {
        (Unparsed::Client, _) => "its JSON has no field that is known as the client: name it by \
                                  --fields client=NAME, such as client=remote.ip"
            .to_owned(),
        (Unparsed::Time, Some(time)) if !is_time(space, &time.content) => format!(
            "its time, the field {:?}, is {}, which is in no form that means one thing: log it as \
             2024-05-12T08:00:00+02:00 or in seconds or milliseconds since 1970, or name another \
             field by --fields time=NAME",
            name(time),
            show(time)
        ),
        (Unparsed::Time, _) => "its JSON has no field that is known as the time: name it by \
                                --fields time=NAME, such as time=when"
            .to_owned(),
        (why, _) => {
            let field = match why {
                Unparsed::Status => value(Role::Status),
                Unparsed::Bytes => value(Role::Bytes),
                _ => None,
            };
            match field {
                Some(field) => format!(
                    "{why}: the field {:?} is {}; name another field by --fields",
                    name(field),
                    show(field)
                ),
                None => format!("{why}; fields with other names are named by --fields"),
            }
        }
    })
}

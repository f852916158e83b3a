//! What a task is known by for `push --unique-by`.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// Levels of arrays and objects that are looked into; what is deeper is compared as it is written.
const DEPTH: usize = 64;

/// Why a task has no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::commands) enum NoKey {
    /// It is no JSON object, or has no such field.
    Missing,
    /// It is not UTF-8, so it is no JSON.
    NotUtf8,
    /// The field says nothing: all tasks of which that is so would be one.
    Empty,
}

impl NoKey {
    /// What is wrong with a task whose key would be this field.
    pub(in crate::commands) fn words(self, field: &str) -> String {
        match self {
            NoKey::NotUtf8 => "not UTF-8, so that it is no JSON object with a key; convert it \
                               first, as with iconv -f WINDOWS-1252 -t UTF-8"
                .to_owned(),
            NoKey::Missing => format!("no JSON object with a field {field:?}"),
            NoKey::Empty => format!(
                "the field {field:?} is null or empty, which tells no task from another: only the \
                 first of them would be pushed"
            ),
        }
    }
}

/// The field of a JSON object as a key.
///
/// Two values are the same key when they are the same JSON value, however they are spaced, escaped
/// and ordered. Numbers are compared as they are written: as floats, two identifiers of twenty
/// digits would be one, and the second task lost.
pub(in crate::commands) fn unique_key(task: &[u8], field: &str) -> Result<Vec<u8>, NoKey> {
    let fields: BTreeMap<String, &RawValue> =
        serde_json::from_slice(task).map_err(|_| match str::from_utf8(task) {
            Ok(_) => NoKey::Missing,
            Err(_) => NoKey::NotUtf8,
        })?;
    let value = fields.get(field).ok_or(NoKey::Missing)?.get();
    let is_blank = |text: String| text.trim().is_empty();
    if value == "null" || serde_json::from_str(value).is_ok_and(is_blank) {
        return Err(NoKey::Empty);
    }
    let mut key = Vec::new();
    write(&mut key, value, DEPTH);
    Ok(key)
}

fn write(key: &mut Vec<u8>, json: &str, depth: usize) {
    let written = match json.as_bytes().first() {
        Some(b'"') => string(key, json),
        Some(b'[') if depth > 0 => array(key, json, depth),
        Some(b'{') if depth > 0 => object(key, json, depth),
        _ => None,
    };
    if written.is_none() {
        key.extend_from_slice(json.as_bytes());
    }
}

fn string(key: &mut Vec<u8>, json: &str) -> Option<()> {
    // Half a surrogate pair is JSON, but no text.
    let text: String = serde_json::from_str(json).ok()?;
    serde_json::to_writer(key, &text).ok()
}

fn array(key: &mut Vec<u8>, json: &str, depth: usize) -> Option<()> {
    let items: Vec<&RawValue> = serde_json::from_str(json).ok()?;
    key.push(b'[');
    for (place, item) in items.into_iter().enumerate() {
        if place > 0 {
            key.push(b',');
        }
        write(key, item.get(), depth - 1);
    }
    key.push(b']');
    Some(())
}

fn object(key: &mut Vec<u8>, json: &str, depth: usize) -> Option<()> {
    let fields: BTreeMap<String, &RawValue> = serde_json::from_str(json).ok()?;
    key.push(b'{');
    for (place, (name, value)) in fields.into_iter().enumerate() {
        if place > 0 {
            key.push(b',');
        }
        serde_json::to_writer(&mut *key, &name).ok()?;
        key.push(b':');
        write(key, value.get(), depth - 1);
    }
    key.push(b'}');
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(task: &str) -> Option<String> {
        unique_key(task.as_bytes(), "id").ok().map(|key| String::from_utf8(key).unwrap())
    }

    #[test]
    fn numbers_that_differ_in_any_digit_are_different_keys() {
        for (one, other) in [
            ("20180814033130818988", "20180814033130818989"),
            ("123456789012345678901234", "123456789012345678901235"),
            ("0.12345678901234567891", "0.12345678901234567892"),
            ("1", "\"1\""),
            ("[20180814033130818988]", "[20180814033130818989]"),
            ("{\"n\":20180814033130818988}", "{\"n\":20180814033130818989}"),
        ] {
            assert_ne!(
                key(&format!("{{\"id\":{one}}}")),
                key(&format!("{{\"id\":{other}}}")),
                "{one}"
            );
        }
    }

    #[test]
    fn one_value_written_in_two_ways_is_one_key() {
        assert_eq!(
            key(r#"{"a":1,"id":{"y":[1, "\u00e9"],"x":null}}"#),
            key(r#"{"id": {"x":null,"y":[1,"é"]}}"#)
        );
        // As earlier versions wrote it: the keys of tasks that were pushed before still count.
        assert_eq!(key(r#"{"id": "a\/b"}"#).unwrap(), r#""a/b""#);
        assert_eq!(key(r#"{"id": 12}"#).unwrap(), "12");
    }

    #[test]
    fn what_is_no_object_with_the_field_has_no_key() {
        for task in ["[1]", "1", "{\"other\":1}", "{\"id\":", "id,1"] {
            assert_eq!(unique_key(task.as_bytes(), "id"), Err(NoKey::Missing), "{task}");
        }
        let latin_1 = b"{\"id\":\"M\xfcller\"}";
        assert_eq!(unique_key(latin_1, "id"), Err(NoKey::NotUtf8));
    }

    #[test]
    fn a_field_that_says_nothing_is_no_key() {
        for value in ["null", "\"\"", "\" \"", "\"\\t\""] {
            let task = format!("{{\"id\":{value}}}");
            assert_eq!(unique_key(task.as_bytes(), "id"), Err(NoKey::Empty), "{task}");
        }
        for value in ["0", "false", "\"0\"", "[]"] {
            assert!(key(&format!("{{\"id\":{value}}}")).is_some(), "{value}");
        }
    }

    #[test]
    fn a_value_as_deep_as_a_task_allows_does_not_use_up_the_stack() {
        let deep = format!("{{\"id\":{}{}}}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        // Deeper than the JSON library reads, or a key: in any case an answer.
        let _ = key(&deep);
        assert!(key(&format!("{{\"id\":{}1{}}}", "[".repeat(100), "]".repeat(100))).is_some());
    }
}

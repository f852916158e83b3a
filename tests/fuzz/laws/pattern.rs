//! A first line as a `pattern`, and lines as values of it.

use table_schema::{Schema, Verdict};

/// Characters that the `regex` crate reads as XML Schema does, as long as no two that mean
/// something else together follow each other.
const SHARED: &str = "ab0é-()|[]^{}123,?*+.$";

/// What the `regex` crate makes of it, if the pattern is of the syntax that both share.
fn model(pattern: &str) -> Option<regex::Regex> {
    let shared = pattern.chars().all(|letter| SHARED.contains(letter)) && !pattern.contains("--");
    let model = shared.then(|| {
        regex::RegexBuilder::new(&format!(r"\A(?:{pattern})\z")).size_limit(1 << 20).build()
    });
    model.and_then(Result::ok)
}

/// A pattern is an error or matches, by whatever shortcut, what a plain regular expression matches;
/// and it is compiled within the memory that its automata are given.
pub(crate) fn holds(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let mut lines = text.split('\n');
    let Some(pattern) = lines.next() else { return };
    let descriptor = serde_json::json!({"fields": [{"name": "f", "type": "string", "constraints": {"pattern": pattern}}]});
    let Ok(schema) = Schema::from_json(descriptor.to_string().as_bytes()) else { return };
    let validator = schema
        .compile(None, schema.fields_match().unwrap_or_default())
        .expect("its fields are its columns");
    let model = model(pattern);
    let mut verdict = Verdict::new();
    for line in lines {
        let mut matches = |text: &str| {
            validator.check(&[text.as_bytes()], &mut verdict);
            verdict.is_good()
        };
        let found = matches(line);
        assert_eq!(found, matches(line));
        // An empty value is a missing one, and `.` is not a CR here.
        if let Some(model) = &model
            && !line.is_empty()
            && !line.contains('\r')
        {
            assert_eq!(found, model.is_match(line), "{pattern:?} {line:?}");
        }
    }
}

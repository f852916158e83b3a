//! What may have been meant by the name of a queue that is not there.

/// Names that are told at most.
const MOST: usize = 5;

/// Of the keys of a Redis those queues that a person may have meant by `name`, the likeliest first.
///
/// A queue is known by its epoch, `{NAME}:epoch`. Any other key that is like the name may be the
/// list of a producer that knows no epoch; whether it is a list is for the caller to ask.
#[must_use]
pub fn similar<'a>(name: &str, keys: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut found: Vec<(f64, String)> = Vec::new();
    for key in keys {
        let queue = match key.strip_suffix(":epoch") {
            Some(of) => queue_of(of),
            // Other keys of the queues themselves.
            None if key.starts_with('{') || key.contains("}:") => continue,
            None => key,
        };
        let likeness = likeness(name, queue);
        if queue != name && likeness >= 0.8 && !found.iter().any(|(_, known)| known == queue) {
            found.push((likeness, queue.to_owned()));
        }
    }
    found.sort_by(|(one, a), (other, b)| other.total_cmp(one).then_with(|| a.cmp(b)));
    found.into_iter().take(MOST).map(|(_, queue)| queue).collect()
}

/// `{NAME}` is the prefix of the queue `NAME`, and anything else with a tag is its own.
pub(super) fn queue_of(prefix: &str) -> &str {
    prefix
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .filter(|name| !name.contains('}'))
        .unwrap_or(prefix)
}

/// 1 for names that differ in case, or where one is a part of the other, or that are parts of a
/// list with commas; else how alike they are spelt.
fn likeness(name: &str, queue: &str) -> f64 {
    let (name, queue) = (name.to_lowercase(), queue.to_lowercase());
    let is_part = |long: &str, short: &str| short.len() >= 3 && long.contains(short);
    if name == queue || is_part(&name, &queue) || is_part(&queue, &name) {
        return 1.0;
    }
    strsim::jaro_winkler(&name, &queue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_name_finds_the_queue_by_its_epoch_or_its_list() {
        let keys = [
            "{transactions}:epoch",
            "{transactions}:leases",
            "transactions",
            "sessions:42",
            "jobs{eu}:epoch",
            "{eu}x:epoch",
        ];
        assert_eq!(similar("transaction", keys), ["transactions"]);
        assert_eq!(similar("trasnactions", keys), ["transactions"]);
        assert_eq!(similar("Transactions", keys), ["transactions"]);
        assert_eq!(similar("jobs{us}", keys), ["jobs{eu}"]);
        assert_eq!(similar("{eu}y", keys), ["{eu}x"]);
        assert!(similar("high", keys).is_empty());
    }

    #[test]
    fn two_names_with_a_comma_find_both() {
        assert_eq!(similar("high,low", ["{low}:epoch", "{high}:epoch", "other"]), ["high", "low"]);
    }
}

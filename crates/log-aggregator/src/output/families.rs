//! Families of browsers and of systems: the agents of people that were counted, put together. The
//! state has no table of them, so that a better list of families changes no month.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::counting::{Count, Tables};

use super::known::Known;
use super::known_families::KnownFamilies;
use super::table_summary::{KeySummary, TableSummary};

/// The tables of families, and what their keys are.
pub(super) const FAMILIES: [(&str, &str); 2] = [("browsers", "browser"), ("systems", "system")];

/// The tables of families, with the `top` most frequent ones of each, of the agents of people, who
/// have sent this many requests.
pub(super) fn families(
    tables: &Tables,
    requests: u64,
    top: usize,
    known: Known,
) -> [(String, TableSummary); 2] {
    let mut counts: [BTreeMap<String, Count>; 2] = Default::default();
    let (mut counted, mut error) = (0_u64, 0);
    if let Some(agents) = tables.get("agents") {
        error = agents.error();
        for (agent, count) in agents.keys() {
            counted = counted.saturating_add(count.requests);
            let agent = String::from_utf8_lossy(agent);
            for (counts, name) in counts.iter_mut().zip(KnownFamilies::get().of(&agent)) {
                let sum = counts.entry(name.into_owned()).or_default();
                sum.requests = sum.requests.saturating_add(count.requests);
                sum.bytes = sum.bytes.saturating_add(count.bytes);
            }
        }
    }
    // Agents that a table had no room for are of any family.
    let error = if error == 0 { 0 } else { requests.saturating_sub(counted) };
    let mut named = FAMILIES
        .iter()
        .zip(counts)
        .map(|((name, _), counts)| (name.to_string(), summary(counts, error, top, known)));
    std::array::from_fn(|_| named.next().expect("there are two of each"))
}

fn summary(counts: BTreeMap<String, Count>, error: u64, top: usize, known: Known) -> TableSummary {
    let keys = counts.len() as u64;
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| Reverse(count.requests));
    counts.truncate(top);
    let entry = |(key, count): (String, Count)| KeySummary {
        key,
        requests: count.requests,
        bytes: known.size(count.bytes),
    };
    TableSummary {
        keys,
        error,
        method: TableSummary::method(error).to_owned(),
        top: counts.into_iter().map(entry).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counting::OwnSites;
    use crate::formats::Entry;

    #[test]
    fn the_agents_of_people_are_put_together_and_what_a_table_had_no_room_for_is_the_error() {
        let chrome = |version: u32| {
            format!("Mozilla/5.0 (X11; Linux x86_64) Chrome/{version}.0.0.0 Safari/537.36")
        };
        let agents: Vec<String> = (0..40)
            .map(chrome)
            .chain(
                (0..10).map(|version| format!("Mozilla/5.0 (Windows NT 10.0) Firefox/{version}")),
            )
            .chain(["curl/8.5.0".to_owned()])
            .collect();
        let entries: Vec<Entry<'_>> = agents
            .iter()
            .map(|agent| Entry { agent: Some(agent.as_bytes()), bytes: 10, ..Entry::default() })
            .collect();
        let known = Known { sizes: true, agents: true, some_agents: true, sites: false };
        let of = |limit| {
            let mut tables = Tables::new(limit);
            let refs: Vec<&Entry<'_>> = entries.iter().collect();
            tables.add_all(&refs, (false, &OwnSites::default()), |_| {});
            families(&tables, 50, 1, known)
        };
        let [(browsers, table), (systems, other)] = of(100);
        assert_eq!((browsers.as_str(), systems.as_str()), ("browsers", "systems"));
        assert_eq!((table.keys, table.error, table.method.as_str()), (2, 0, "exact"));
        let chrome = KeySummary { key: "Chrome".to_owned(), requests: 40, bytes: Some(400) };
        assert_eq!(table.top, [chrome]);
        assert_eq!((other.top[0].key.as_str(), other.top[0].requests), ("Linux", 40));
        let [(_, table), _] = of(5);
        let counted: u64 = table.top.iter().map(|entry| entry.requests).sum();
        assert!(table.error > 0 && counted + table.error >= 40, "{table:?}");
        assert_eq!(table.method, "misra-gries");
    }
}

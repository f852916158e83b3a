//! All filters of a run.

use crate::formats::{Entry, Presence};

use super::condition::{Condition, ConditionError};

/// Which requests are counted: those that no `--exclude` holds for and, of each key that an
/// `--only` has, one `--only` holds for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filters {
    exclude: Vec<Rule>,
    only: Vec<Rule>,
}

/// Conditions under one name, any of which may hold.
#[derive(Clone, Debug, PartialEq)]
struct Rule {
    /// Such as `exclude path=/healthz*`.
    name: String,
    conditions: Vec<Condition>,
}

impl Filters {
    /// The filters that settings are. A setting may have several lines, with a condition on each.
    ///
    /// # Errors
    ///
    /// If a line is no condition, or a setting has none at all.
    pub fn new(exclude: &[String], only: &[String]) -> Result<Filters, ConditionError> {
        let exclude = conditions(exclude)?.into_iter().map(|(key, value, condition)| Rule {
            name: format!("exclude {key}={value}"),
            conditions: vec![condition],
        });
        let mut by_key: Vec<Rule> = Vec::new();
        let mut last = "";
        for (key, value, condition) in conditions(only)? {
            match by_key.last_mut().filter(|_| key == last) {
                Some(rule) => {
                    rule.name.push_str(&format!(" or {key}={value}"));
                    rule.conditions.push(condition);
                }
                None => by_key.push(Rule {
                    name: format!("only {key}={value}"),
                    conditions: vec![condition],
                }),
            }
            last = key;
        }
        Ok(Filters { exclude: exclude.collect(), only: by_key })
    }

    /// Whether every request is counted.
    pub fn is_empty(&self) -> bool {
        self.exclude.is_empty() && self.only.is_empty()
    }

    /// The names of all of them. Equal filters have equal names, in whatever order they were given.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.exclude.iter().chain(&self.only).map(|rule| rule.name.as_str())
    }

    /// The fields that they ask for, where a format may lack them.
    pub(crate) fn fields(&self) -> Presence {
        let mut fields = Presence::default();
        let rules = self.exclude.iter().chain(&self.only);
        rules.flat_map(|rule| &rule.conditions).for_each(|one| fields.join(one.field()));
        fields
    }

    /// The name of the first filter by which a request is not counted; `None` where it is.
    pub fn dropping(&self, entry: &Entry<'_>) -> Option<&str> {
        let holds = |rule: &&Rule| rule.conditions.iter().any(|one| one.holds(entry));
        let excluding = self.exclude.iter().find(holds);
        excluding.or_else(|| self.only.iter().find(|rule| !holds(rule))).map(|rule| &*rule.name)
    }
}

/// The conditions of settings, each with its key and value, in the order of their texts.
fn conditions(
    settings: &[String],
) -> Result<Vec<(&'static str, String, Condition)>, ConditionError> {
    let mut all = Vec::new();
    for setting in settings {
        if setting.trim().is_empty() {
            return Err(ConditionError::Shape(setting.clone()));
        }
        for line in setting.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (key, condition) = Condition::parse(line)?;
            let value = line.split_once('=').map_or("", |(_, value)| value.trim());
            all.push((key, value.to_owned(), condition));
        }
    }
    all.sort_by(|(key, value, _), (other, others, _)| (key, value).cmp(&(other, others)));
    all.dedup_by(|(key, value, _), (other, others, _)| key == other && value == others);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filters(exclude: &[&str], only: &[&str]) -> Filters {
        let owned =
            |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Filters::new(&owned(exclude), &owned(only)).unwrap()
    }

    #[test]
    fn excluding_needs_one_condition_and_including_one_of_each_key() {
        let filters = filters(
            &["path=/healthz*\n  agent=kube-probe/*\n", "client=192.0.2.0/24"],
            &["host=a.example.org", "status=2xx", "host=b.example.org"],
        );
        let entry = Entry {
            client: b"203.0.113.5",
            host: Some(b"b.example.org"),
            target: b"/",
            status: Some(200),
            ..Entry::default()
        };
        let dropping = |entry: Entry<'_>| filters.dropping(&entry).map(str::to_owned);
        assert_eq!(dropping(entry), None);
        for (entry, by) in [
            (Entry { target: b"/healthz/live", ..entry }, "exclude path=/healthz*"),
            (Entry { agent: Some(b"kube-probe/1.31"), ..entry }, "exclude agent=kube-probe/*"),
            (Entry { client: b"192.0.2.9", ..entry }, "exclude client=192.0.2.0/24"),
            (
                Entry { host: Some(b"c.example.org"), ..entry },
                "only host=a.example.org or host=b.example.org",
            ),
            (Entry { host: None, ..entry }, "only host=a.example.org or host=b.example.org"),
            (Entry { status: Some(404), ..entry }, "only status=2xx"),
        ] {
            assert_eq!(dropping(entry).as_deref(), Some(by));
        }
        let mut fields = Presence::HOST;
        [Presence::STATUS, Presence::AGENT].into_iter().for_each(|field| fields.join(field));
        assert_eq!(filters.fields(), fields);
        assert!(Filters::new(&[" \n".to_owned()], &[]).is_err());
    }

    proptest! {
        #[test]
        fn the_order_of_filters_changes_nothing(
            all in prop::collection::vec(
                ("exclude|only", prop::sample::select(vec![
                    "path=/a", "path=/b", "path=*", "status=2xx", "status=404", "host=x", "host=-",
                ])),
                0..6,
            ),
            target in "/[abc]",
            status in prop::sample::select(vec![None, Some(200), Some(404)]),
        ) {
            let of = |kind: &str, all: &[(String, &str)]| -> Vec<String> {
                let own = all.iter().filter(|(one, _)| one == kind);
                own.map(|(_, text)| (*text).to_owned()).collect()
            };
            let one = Filters::new(&of("exclude", &all), &of("only", &all)).unwrap();
            let back: Vec<_> = all.iter().rev().cloned().collect();
            let other = Filters::new(&of("exclude", &back), &of("only", &back)).unwrap();
            prop_assert_eq!(&one, &other);
            let entry = Entry { target: target.as_bytes(), status, ..Entry::default() };
            let name = one.dropping(&entry);
            prop_assert_eq!(name, other.dropping(&entry));
            prop_assert!(name.is_none_or(|name| one.names().any(|known| known == name)));
            prop_assert!(one.is_empty() || !all.is_empty());
        }
    }
}

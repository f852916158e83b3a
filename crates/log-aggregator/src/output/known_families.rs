//! Which browser and which system a user agent is of, by the expressions of uap-core.

use std::borrow::Cow;
use std::sync::LazyLock;

use ua_parser::{os, user_agent};

/// On each line `browser` or `system`, the expression, and what the family is called where that is
/// not the expression's first group. Its README says where they come from.
const EXPRESSIONS: &str = include_str!("../../data/uap-core/families.tsv");

/// What no expression knows.
const OTHER: &str = "Other";

/// The expressions, compiled when the first agent is looked up.
static KNOWN: LazyLock<KnownFamilies> =
    LazyLock::new(|| KnownFamilies::new().expect("a test compiles the same expressions"));

/// Compiles the expressions, so that whoever looks an agent up need not wait for it.
pub(crate) fn prepare_families() {
    LazyLock::force(&KNOWN);
}

/// The families that are known.
pub(super) struct KnownFamilies {
    browsers: user_agent::Extractor<'static>,
    systems: os::Extractor<'static>,
}

impl KnownFamilies {
    /// All of them.
    pub(super) fn get() -> &'static KnownFamilies {
        &KNOWN
    }

    fn new() -> Result<KnownFamilies, ua_parser::Error> {
        let (mut browsers, mut systems) = (user_agent::Builder::new(), os::Builder::new());
        for line in EXPRESSIONS.lines() {
            let mut parts = line.split('\t');
            let kind = parts.next().unwrap_or_default();
            let regex = Cow::from(parts.next().unwrap_or_default());
            let name = parts.next().map(Cow::from);
            if kind == "browser" {
                let family_replacement = name;
                browsers = browsers.push(user_agent::Parser {
                    regex,
                    family_replacement,
                    ..user_agent::Parser::default()
                })?;
            } else {
                let os_replacement = name;
                systems =
                    systems.push(os::Parser { regex, os_replacement, ..os::Parser::default() })?;
            }
        }
        Ok(KnownFamilies { browsers: browsers.build()?, systems: systems.build()? })
    }

    /// The browser and the system of an agent.
    pub(super) fn of<'a>(&'a self, agent: &'a str) -> [Cow<'a, str>; 2] {
        let browser = self.browsers.extract(agent).map(|found| found.family);
        let system = self.systems.extract(agent).map(|found| found.os);
        [browser, system].map(|name| name.filter(|name| !name.is_empty()).unwrap_or(OTHER.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expression_compiles_and_agents_are_of_the_families_that_people_know() {
        let known = KnownFamilies::new().unwrap();
        let mozilla = |rest: &str| format!("Mozilla/5.0 ({rest}");
        for (agent, families) in [
            (
                mozilla(
                    "Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                     Chrome/126.0.0.0 Safari/537.36",
                ),
                ["Chrome", "Windows"],
            ),
            (
                mozilla(
                    "Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                     Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
                ),
                ["Edge", "Windows"],
            ),
            (
                mozilla(
                    "iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like \
                     Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
                ),
                ["Mobile Safari", "iOS"],
            ),
            (
                mozilla("X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"),
                ["Firefox", "Ubuntu"],
            ),
            (
                mozilla(
                    "Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) \
                     SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
                ),
                ["Samsung Internet", "Android"],
            ),
            ("something of my own".to_owned(), [OTHER, OTHER]),
            (String::new(), [OTHER, OTHER]),
        ] {
            assert_eq!(known.of(&agent), families, "{agent}");
        }
    }
}

use std::collections::BTreeMap;

use crate::engine::VARIABLES;

/// A snapshot of the variables by which engines tell a process its identity. Taken once, so that resolving is pure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Reads the engines' variables of this process. A value that is not UTF-8 is kept with replacement characters,
    /// so that it is named in the error about it instead of being taken for missing.
    pub fn of_process() -> Environment {
        VARIABLES
            .iter()
            .filter_map(|name| Some((*name, std::env::var_os(name)?.to_string_lossy().into_owned())))
            .collect()
    }

    /// The trimmed value of a variable; `None` where it is unset or blank, which manifests use for "not given".
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// `NAME=value` for every engine variable that is set, in the order of the engines; for error messages.
    pub(crate) fn seen(&self) -> String {
        let seen: Vec<String> =
            VARIABLES.iter().filter_map(|name| Some(format!("{name}={}", self.get(name)?))).collect();
        if seen.is_empty() { "none of their variables".to_owned() } else { seen.join(", ") }
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Environment {
        Environment(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

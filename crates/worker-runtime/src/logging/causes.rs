//! An error and its causes as one line of text, without passwords.

use std::error::Error;

use crate::logging::redaction::redact_url;

/// The messages of an error and of its causes, outermost first, without passwords. A cause that the
/// message before it already ends with is left out: many libraries print their source and return it
/// too.
pub fn causes(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut chain: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(link) = next {
        let text = redact_url(link.to_string().trim()).into_owned();
        let told = chain.last().is_some_and(|last| last.ends_with(&text));
        if !told {
            chain.push(text);
        }
        next = link.source();
    }
    chain
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn the_chain_is_told_from_the_outside_in() {
        let error = anyhow!("connection refused")
            .context("cannot reach redis://:p@h")
            .context("cannot take a task");
        assert_eq!(
            causes(error.as_ref()),
            ["cannot take a task", "cannot reach redis://:***@h", "connection refused"]
        );
    }

    #[test]
    fn a_cause_that_was_told_is_not_told_again() {
        let error = anyhow!("disk full")
            .context("cannot write a.csv: disk full")
            .context("publishing failed");
        assert_eq!(causes(error.as_ref()), ["publishing failed", "cannot write a.csv: disk full"]);
    }
}

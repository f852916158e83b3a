//! Which queues a worker takes from, and in which order.

use clap::Args;
use thiserror::Error;

use crate::{brokers::redis::connection::ConnectionArgs, worker::Order};

/// The largest weight of a queue.
const MOST: u32 = 1000;

/// Why queues cannot be taken from together.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum QueuesError {
    /// Some have weights, some have none.
    #[error(
        "{name:?} has no weight and others have one: write NAME=WEIGHT for all of them \
         (--queue high=5,low=1), or for none"
    )]
    Unweighted {
        /// One that has none.
        name: String,
    },
    /// A weight that is none.
    #[error("the weight of the queue {name:?} is {weight}: write one from 1 to {MOST}")]
    Weight {
        /// The queue.
        name: String,
        /// What was given.
        weight: String,
    },
    /// A queue is there twice.
    #[error("the queue {name:?} is there twice: name each once")]
    Twice {
        /// Its name.
        name: String,
    },
}

/// Which queues, and where.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Queue")]
pub struct QueuesArgs {
    /// The Redis list; all other keys are {NAME}:... Several times for several queues, the most
    /// urgent first, or high=5,low=1 for queues by their weights
    ///
    /// Each keeps its own dead letters, results and limits. Without weights, a queue is asked when
    /// those before it have nothing to give.
    #[arg(long = "queue", env = "QUEUE_NAME", value_name = "NAME", required = true)]
    pub queues: Vec<String>,
    /// Where Redis is.
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

impl QueuesArgs {
    /// The names, and their order.
    ///
    /// # Errors
    ///
    /// When weights are missing or wrong, or a queue is there twice.
    pub fn parse(&self) -> Result<(Vec<String>, Order), QueuesError> {
        let (mut names, mut weights) = (Vec::new(), Vec::new());
        for given in &self.queues {
            for (name, weight) in parts(given) {
                if names.iter().any(|known| known == name) {
                    return Err(QueuesError::Twice { name: name.to_owned() });
                }
                names.push(name.to_owned());
                weights.extend(weight.map(|weight| (name, weight)));
            }
        }
        if weights.is_empty() {
            return Ok((names, Order::Strict));
        }
        if let Some(name) = names.iter().find(|name| !weights.iter().any(|(of, _)| of == name)) {
            return Err(QueuesError::Unweighted { name: name.clone() });
        }
        let weight = |(name, weight): &(&str, &str)| match weight.parse() {
            Ok(number @ 1..=MOST) => Ok(number),
            _ => {
                let (name, weight) = ((*name).to_owned(), (*weight).to_owned());
                Err(QueuesError::Weight { name, weight })
            }
        };
        Ok((names, Order::Weighted(weights.iter().map(weight).collect::<Result<_, _>>()?)))
    }
}

/// The queues of one flag: those of a list whose every part ends with a weight, else one, whose
/// name may have commas and equals signs.
fn parts(given: &str) -> Vec<(&str, Option<&str>)> {
    let weighted = |part: &'_ str| -> Option<(usize, usize)> {
        let (name, weight) = part.rsplit_once('=')?;
        let is_number = !weight.is_empty() && weight.bytes().all(|byte| byte.is_ascii_digit());
        (is_number && !name.is_empty()).then_some((name.len(), weight.len()))
    };
    let parts: Option<Vec<_>> = given
        .split(',')
        .map(|part| weighted(part).map(|(name, _)| (&part[..name], Some(&part[name + 1..]))))
        .collect();
    parts.unwrap_or_else(|| vec![(given, None)])
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        queues: QueuesArgs,
    }

    fn parse(names: &[&str]) -> Result<(Vec<String>, Order), QueuesError> {
        let flags = names.iter().map(|name| format!("--queue={name}"));
        Line::parse_from(std::iter::once("run".to_owned()).chain(flags)).queues.parse()
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn queues_without_weights_are_asked_in_their_order() {
        assert_eq!(parse(&["high", "low"]), Ok((names(&["high", "low"]), Order::Strict)));
        for odd in ["a,b", "a=b", "a=", "a=1,b", "=1", "night jobs"] {
            assert_eq!(parse(&[odd]), Ok((names(&[odd]), Order::Strict)), "one name as it is");
        }
    }

    #[test]
    fn weights_are_those_of_all_queues_or_of_none() {
        let both = Ok((names(&["high", "low"]), Order::Weighted(vec![5, 1])));
        assert_eq!(parse(&["high=5,low=1"]), both);
        assert_eq!(parse(&["high=5", "low=1"]), both);
        assert_eq!(parse(&["high=5", "low"]), Err(QueuesError::Unweighted { name: "low".into() }));
        for wrong in ["0", "1001", "99999999999"] {
            let (name, weight) = ("a".to_owned(), wrong.to_owned());
            let given = format!("a={wrong},b=1");
            assert_eq!(parse(&[&given]), Err(QueuesError::Weight { name, weight }));
        }
    }

    #[test]
    fn a_queue_is_named_once() {
        for twice in [&["a", "a"][..], &["a=1,a=2"], &["a=1", "b=1,a=2"]] {
            assert_eq!(parse(twice), Err(QueuesError::Twice { name: "a".into() }));
        }
    }
}

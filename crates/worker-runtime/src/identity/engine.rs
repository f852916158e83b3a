//! What each engine that runs array jobs says of this process' index. Pure.

use std::fmt;

use serde::Serialize;

use crate::identity::environment::Environment;
use crate::identity::error::IdentityError;

/// Who told the process its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    /// `--index` on the command line.
    Flags,
    /// A Kubernetes Indexed Job: `JOB_COMPLETION_INDEX`. It never tells the number of completions.
    Kubernetes,
    /// Cloud Run Jobs: `CLOUD_RUN_TASK_INDEX`, `_COUNT`, `_ATTEMPT`.
    CloudRun,
    /// A child of an AWS Batch array job: `AWS_BATCH_JOB_ARRAY_INDEX`, `_SIZE` and
    /// `AWS_BATCH_JOB_ATTEMPT`, which starts at 1.
    AwsBatch,
    /// Google Cloud Batch: `BATCH_TASK_INDEX`, `_COUNT`, `_RETRY_ATTEMPT`.
    GcpBatch,
    /// A contiguous Slurm array: `SLURM_ARRAY_TASK_ID` less `SLURM_ARRAY_TASK_MIN`.
    Slurm,
    /// Nomad: `NOMAD_ALLOC_INDEX`. It tells no count, and in a sysbatch job it is 0 everywhere:
    /// such a job must give `--index`.
    Nomad,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Engine::Flags => "the command line",
            Engine::Kubernetes => "Kubernetes",
            Engine::CloudRun => "Cloud Run",
            Engine::AwsBatch => "AWS Batch",
            Engine::GcpBatch => "Google Cloud Batch",
            Engine::Slurm => "Slurm",
            Engine::Nomad => "Nomad",
        })
    }
}

/// A number and the words of the environment it comes from, such as `JOB_COMPLETION_INDEX=3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) value: u32,
    pub(crate) by: String,
}

/// What one engine says about this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) engine: Engine,
    pub(crate) index: Told,
    pub(crate) count: Option<Told>,
    /// 0 for the first attempt.
    pub(crate) attempt: Option<u32>,
}

struct Names {
    engine: Engine,
    index: &'static str,
    count: Option<&'static str>,
    attempt: Option<&'static str>,
    /// What the engine calls the first attempt.
    first_attempt: u32,
}

/// All engines but Slurm, whose index needs arithmetic.
const ENGINES: [Names; 5] = [
    Names {
        engine: Engine::Kubernetes,
        index: "JOB_COMPLETION_INDEX",
        count: None,
        attempt: None,
        first_attempt: 0,
    },
    Names {
        engine: Engine::CloudRun,
        index: "CLOUD_RUN_TASK_INDEX",
        count: Some("CLOUD_RUN_TASK_COUNT"),
        attempt: Some("CLOUD_RUN_TASK_ATTEMPT"),
        first_attempt: 0,
    },
    Names {
        engine: Engine::AwsBatch,
        index: "AWS_BATCH_JOB_ARRAY_INDEX",
        count: Some("AWS_BATCH_JOB_ARRAY_SIZE"),
        attempt: Some("AWS_BATCH_JOB_ATTEMPT"),
        first_attempt: 1,
    },
    Names {
        engine: Engine::GcpBatch,
        index: "BATCH_TASK_INDEX",
        count: Some("BATCH_TASK_COUNT"),
        attempt: Some("BATCH_TASK_RETRY_ATTEMPT"),
        first_attempt: 0,
    },
    Names {
        engine: Engine::Nomad,
        index: "NOMAD_ALLOC_INDEX",
        count: None,
        attempt: None,
        first_attempt: 0,
    },
];

/// What every engine whose index variable is set says, in the order of precedence.
pub(crate) fn claims(environment: &Environment) -> Result<Vec<Claim>, IdentityError> {
    let mut claims = Vec::new();
    for names in &ENGINES {
        if names.engine == Engine::Nomad {
            claims.extend(slurm(environment)?);
        }
        claims.extend(plain(names, environment)?);
    }
    Ok(claims)
}

/// The number in a variable; `None` where it is not set.
pub(crate) fn number(
    name: &'static str,
    environment: &Environment,
) -> Result<Option<Told>, IdentityError> {
    let Some(text) = environment.get(name) else { return Ok(None) };
    // No engine writes `+1` or `01`, which Rust would read, and which others would read as octal.
    let canonical =
        text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    match text.parse() {
        Ok(value) if canonical => Ok(Some(Told { value, by: format!("{name}={text}") })),
        _ => Err(IdentityError::NotANumber { variable: name, value: text.to_owned() }),
    }
}

fn plain(names: &Names, environment: &Environment) -> Result<Option<Claim>, IdentityError> {
    let Some(index) = number(names.index, environment)? else { return Ok(None) };
    let count = names.count.map_or(Ok(None), |name| number(name, environment))?;
    let attempt = match names.attempt {
        None => None,
        Some(name) => number(name, environment)?
            .map(|told| {
                told.value.checked_sub(names.first_attempt).ok_or(IdentityError::NotANumber {
                    variable: name,
                    value: told.value.to_string(),
                })
            })
            .transpose()?,
    };
    Ok(Some(Claim { engine: names.engine, index, count, attempt }))
}

/// The user chooses a Slurm array's numbers (`--array=5-9`, `--array=1,4,7`); only those without
/// gaps are partitions.
fn slurm(environment: &Environment) -> Result<Option<Claim>, IdentityError> {
    let Some(id) = number("SLURM_ARRAY_TASK_ID", environment)? else { return Ok(None) };
    let needed = |name| {
        number(name, environment)?
            .ok_or_else(|| IdentityError::Incomplete { variable: name, seen: environment.seen() })
    };
    let min = needed("SLURM_ARRAY_TASK_MIN")?;
    let max = needed("SLURM_ARRAY_TASK_MAX")?;
    let count = needed("SLURM_ARRAY_TASK_COUNT")?;
    let contiguous = min.value <= id.value
        && id.value <= max.value
        && u64::from(max.value - min.value) + 1 == u64::from(count.value);
    if !contiguous {
        return Err(IdentityError::NotContiguous {
            seen: [id.by, min.by, max.by, count.by].join(", "),
        });
    }
    Ok(Some(Claim {
        engine: Engine::Slurm,
        index: Told { value: id.value - min.value, by: format!("{} less {}", id.by, min.by) },
        count: Some(count),
        attempt: number("SLURM_RESTART_COUNT", environment)?.map(|told| told.value),
    }))
}

//! Which share of the work is a process' own, from every engine and any mixture of them.

use proptest::prelude::{
    Just, Strategy, prop_assert, prop_assert_eq, prop_assume, prop_oneof, proptest,
};
use worker_runtime::{
    Engine, Environment, Identity, IdentityArgs, IdentityError, UncountedIdentity,
};

fn environment(variables: &[(&str, &str)]) -> Environment {
    variables.iter().copied().collect()
}

fn resolve(variables: &[(&str, &str)]) -> Result<Identity, IdentityError> {
    IdentityArgs::default().resolve(&environment(variables))
}

fn identity(
    index: u32,
    count: u32,
    attempt: Option<u32>,
    engine: Engine,
) -> Result<Identity, IdentityError> {
    Ok(Identity { index, count, attempt, engine })
}

/// The variables an engine sets in task `index` of `count`, on attempt `attempt` from 0.
fn told_by(
    engine: Engine,
    index: u32,
    count: u32,
    attempt: u32,
    slurm_base: u32,
) -> Vec<(&'static str, String)> {
    let text = |n: u32| n.to_string();
    match engine {
        Engine::Flags => vec![],
        Engine::Kubernetes => {
            vec![("JOB_COMPLETION_INDEX", text(index)), ("TOTAL_PARTITIONS", text(count))]
        }
        Engine::CloudRun => vec![
            ("CLOUD_RUN_TASK_INDEX", text(index)),
            ("CLOUD_RUN_TASK_COUNT", text(count)),
            ("CLOUD_RUN_TASK_ATTEMPT", text(attempt)),
        ],
        Engine::AwsBatch => vec![
            ("AWS_BATCH_JOB_ID", "a1b2".to_owned()),
            ("AWS_BATCH_JOB_ARRAY_INDEX", text(index)),
            ("AWS_BATCH_JOB_ARRAY_SIZE", text(count)),
            ("AWS_BATCH_JOB_ATTEMPT", text(attempt + 1)),
        ],
        Engine::GcpBatch => vec![
            ("BATCH_TASK_INDEX", text(index)),
            ("BATCH_TASK_COUNT", text(count)),
            ("BATCH_TASK_RETRY_ATTEMPT", text(attempt)),
        ],
        Engine::Slurm => vec![
            ("SLURM_ARRAY_TASK_ID", text(slurm_base + index)),
            ("SLURM_ARRAY_TASK_MIN", text(slurm_base)),
            ("SLURM_ARRAY_TASK_MAX", text(slurm_base + count - 1)),
            ("SLURM_ARRAY_TASK_COUNT", text(count)),
            ("SLURM_RESTART_COUNT", text(attempt)),
        ],
        Engine::Nomad => {
            vec![("NOMAD_ALLOC_INDEX", text(index)), ("TOTAL_PARTITIONS", text(count))]
        }
    }
}

fn tells_attempts(engine: Engine) -> bool {
    !matches!(engine, Engine::Kubernetes | Engine::Nomad)
}

fn engines() -> impl Strategy<Value = Engine> {
    prop_oneof![
        Just(Engine::Kubernetes),
        Just(Engine::CloudRun),
        Just(Engine::AwsBatch),
        Just(Engine::GcpBatch),
        Just(Engine::Slurm),
        Just(Engine::Nomad),
    ]
}

/// An index and the count it is under.
fn shares() -> impl Strategy<Value = (u32, u32)> {
    (1u32..100_000).prop_flat_map(|count| (0..count, Just(count)))
}

proptest! {
    #[test]
    fn what_an_engine_sets_is_what_is_read(
        engine in engines(), (index, count) in shares(), attempt in 0u32..9, base in 0u32..1000,
    ) {
        let environment: Environment = told_by(engine, index, count, attempt, base).into_iter().collect();
        let expected = identity(index, count, tells_attempts(engine).then_some(attempt), engine);
        prop_assert_eq!(IdentityArgs::default().resolve(&environment), expected.clone());
        prop_assert_eq!(IdentityArgs::default().resolve_with_count(&environment, 12), expected);
    }

    #[test]
    fn flags_come_first_whatever_the_environment_holds(
        engine in engines(), (index, count) in shares(), (other, others) in shares(), garbage in "[ -~]{1,8}",
    ) {
        let mut variables = told_by(engine, other, others, 0, 5);
        let last = variables.len() - 1;
        variables[last].1 = garbage;
        let args = IdentityArgs { index: Some(index), total_partitions: Some(count), attempt: Some(2), indexes: None };
        let environment = variables.into_iter().collect();
        prop_assert_eq!(args.resolve(&environment), identity(index, count, Some(2), Engine::Flags));
    }

    #[test]
    fn an_index_that_needs_no_count_is_the_same_with_one(
        engine in engines(), (index, count) in shares(), attempt in 0u32..9, base in 0u32..1000,
    ) {
        let environment: Environment = told_by(engine, index, count, attempt, base).into_iter().collect();
        let counted = IdentityArgs::default().resolve(&environment).map(UncountedIdentity::from);
        prop_assert_eq!(IdentityArgs::default().resolve_index(&environment), counted);
    }

    #[test]
    fn two_engines_that_agree_are_taken_as_one(
        one in engines(), two in engines(), (index, count) in shares(), base in 0u32..1000,
    ) {
        let told = told_by(one, index, count, 0, base).into_iter().chain(told_by(two, index, count, 0, base));
        let result = IdentityArgs::default().resolve(&told.collect());
        prop_assert_eq!(result.map(|identity| (identity.index, identity.count)), Ok((index, count)));
    }

    #[test]
    fn two_engines_that_disagree_are_refused(
        one in engines(), two in engines(), (index, count) in shares(), (other, others) in shares(),
    ) {
        prop_assume!(one != two && index != other);
        let told = told_by(one, index, count, 0, 7).into_iter().chain(told_by(two, other, others, 0, 7));
        let result = IdentityArgs::default().resolve(&told.collect());
        let disagreement = matches!(result, Err(IdentityError::Disagreement { what: "index", .. }));
        prop_assert!(disagreement, "{:?}", result);
    }

    #[test]
    fn a_total_that_is_not_the_engine_s_own_count_is_refused(
        engine in engines(), (index, count) in shares(), total in 1u32..100_000,
    ) {
        let mut variables = told_by(engine, index, count, 0, 0);
        variables.push(("TOTAL_PARTITIONS", total.to_string()));
        let environment: Environment = variables.into_iter().collect();
        let result = IdentityArgs::default().resolve(&environment).map(|identity| identity.count);
        match engine {
            Engine::Kubernetes | Engine::Nomad if index < total => prop_assert_eq!(result, Ok(total)),
            Engine::Kubernetes | Engine::Nomad => {
                let past = matches!(result, Err(IdentityError::PastTheCount { .. }));
                prop_assert!(past);
            }
            _ if total == count => prop_assert_eq!(result, Ok(count)),
            _ => {
                let disagreement = matches!(result, Err(IdentityError::Disagreement { what: "number of partitions", .. }));
                prop_assert!(disagreement);
            }
        }
    }

    #[test]
    fn a_slurm_array_with_gaps_has_no_partitions(min in 0u32..1000, count in 2u32..100, missing in 1u32..100, at in 0u32..100) {
        let variables = [
            ("SLURM_ARRAY_TASK_ID", min + at % (count + missing)),
            ("SLURM_ARRAY_TASK_MIN", min),
            ("SLURM_ARRAY_TASK_MAX", min + count + missing - 1),
            ("SLURM_ARRAY_TASK_COUNT", count),
        ];
        let environment = variables.into_iter().map(|(name, value)| (name, value.to_string())).collect();
        let seen = variables.map(|(name, value)| format!("{name}={value}")).join(", ");
        prop_assert_eq!(IdentityArgs::default().resolve(&environment), Err(IdentityError::NotContiguous { seen }));
    }

    #[test]
    fn no_value_of_any_variable_is_taken_for_another_index(value in "[ -~]{0,6}") {
        let result = resolve(&[("JOB_COMPLETION_INDEX", &value), ("TOTAL_PARTITIONS", "1000000")]);
        let trimmed = value.trim();
        let expected = match trimmed.parse::<u32>() {
            // `+1`, `01`: no engine writes these.
            Ok(index) if index.to_string() == trimmed => identity(index, 1_000_000, None, Engine::Kubernetes),
            _ if trimmed.is_empty() => {
                Err(IdentityError::NoIndex { seen: "TOTAL_PARTITIONS=1000000".to_owned() })
            }
            _ => Err(IdentityError::NotANumber { variable: "JOB_COMPLETION_INDEX", value: trimmed.to_owned() }),
        };
        prop_assert_eq!(result, expected);
    }
}

#[test]
fn an_index_at_the_count_is_past_it() {
    assert_eq!(
        resolve(&[("JOB_COMPLETION_INDEX", "5"), ("TOTAL_PARTITIONS", "5")])
            .unwrap_err()
            .to_string(),
        "this index has no partition: JOB_COMPLETION_INDEX=5, but TOTAL_PARTITIONS=5 leaves only \
         0 to 4, and these are not touched; the Job has more tasks than partitions: it was scaled \
         up, or its count is wrong, and a running Job cannot cut its work anew; start a new Job \
         in which both numbers are the same"
    );
}

#[test]
fn a_missing_index_names_what_is_there() {
    let error = resolve(&[("TOTAL_PARTITIONS", "5"), ("AWS_BATCH_JOB_ID", "a1b2")]).unwrap_err();
    assert_eq!(
        error,
        IdentityError::NoIndex { seen: "TOTAL_PARTITIONS=5, AWS_BATCH_JOB_ID=a1b2".to_owned() }
    );
    let text = error.to_string();
    assert!(
        text.contains("JOB_COMPLETION_INDEX")
            && text.ends_with("give --index and --total-partitions"),
        "{text}"
    );
}

#[test]
fn a_missing_count_names_the_remedy() {
    assert_eq!(
        resolve(&[("NOMAD_ALLOC_INDEX", "2")]).unwrap_err().to_string(),
        "the number of partitions is not known: the index comes from NOMAD_ALLOC_INDEX=2, which \
         tells no count, and the environment has NOMAD_ALLOC_INDEX=2; set TOTAL_PARTITIONS or \
         --total-partitions (for a Kubernetes Job, to its completions)"
    );
}

#[test]
fn a_count_that_lies_in_the_work_s_nature_gives_way_to_what_is_told() {
    let with_count = |args: IdentityArgs, variables: &[(&str, &str)]| {
        args.resolve_with_count(&environment(variables), 12)
            .map(|identity| (identity.index, identity.count))
    };
    let none = IdentityArgs::default;
    assert_eq!(with_count(none(), &[("JOB_COMPLETION_INDEX", "11")]), Ok((11, 12)));
    assert_eq!(
        with_count(none(), &[("JOB_COMPLETION_INDEX", "1"), ("TOTAL_PARTITIONS", "3")]),
        Ok((1, 3))
    );
    assert_eq!(with_count(IdentityArgs { index: Some(4), ..none() }, &[]), Ok((4, 12)));
    assert_eq!(
        with_count(none(), &[("JOB_COMPLETION_INDEX", "12")]),
        Err(IdentityError::PastTheCount {
            index_by: "JOB_COMPLETION_INDEX=12".to_owned(),
            count_by: "the usual count of 12".to_owned(),
            last: 11
        })
    );
}

#[test]
fn an_index_that_needs_no_count_has_none_or_is_past_it() {
    let index =
        |variables: &[(&str, &str)]| IdentityArgs::default().resolve_index(&environment(variables));
    let uncounted = |index, count| {
        Ok(UncountedIdentity { index, count, attempt: None, engine: Engine::Kubernetes })
    };
    let alone = index(&[("JOB_COMPLETION_INDEX", "5")]);
    assert_eq!(alone, uncounted(5, None));
    assert!(!alone.unwrap().is_past_the_count());
    let past = index(&[("JOB_COMPLETION_INDEX", "5"), ("TOTAL_PARTITIONS", "5")]);
    assert_eq!(past, uncounted(5, Some(5)));
    assert!(past.unwrap().is_past_the_count());
    // What cannot be read is wrong all the same.
    for (total, error) in [
        ("0", IdentityError::NoPartitions { count_by: "TOTAL_PARTITIONS=0".to_owned() }),
        (
            "five",
            IdentityError::NotANumber { variable: "TOTAL_PARTITIONS", value: "five".to_owned() },
        ),
    ] {
        assert_eq!(
            index(&[("JOB_COMPLETION_INDEX", "0"), ("TOTAL_PARTITIONS", total)]),
            Err(error)
        );
    }
    assert!(matches!(index(&[("TOTAL_PARTITIONS", "5")]), Err(IdentityError::NoIndex { .. })));
}

#[test]
fn one_flag_leaves_the_rest_to_the_engine() {
    let cloud_run = environment(&[
        ("CLOUD_RUN_TASK_INDEX", "3"),
        ("CLOUD_RUN_TASK_COUNT", "9"),
        ("CLOUD_RUN_TASK_ATTEMPT", "1"),
    ]);
    let index = IdentityArgs { index: Some(7), ..IdentityArgs::default() };
    assert_eq!(index.resolve(&cloud_run), identity(7, 9, Some(1), Engine::Flags));
    let count = IdentityArgs { total_partitions: Some(4), ..IdentityArgs::default() };
    assert_eq!(count.resolve(&cloud_run), identity(3, 4, Some(1), Engine::CloudRun));
    let attempt = IdentityArgs { attempt: Some(6), ..IdentityArgs::default() };
    assert_eq!(attempt.resolve(&cloud_run), identity(3, 9, Some(6), Engine::CloudRun));
}

#[test]
fn a_disagreement_names_both_sources_and_the_flag_that_settles_it() {
    assert_eq!(
        resolve(&[
            ("JOB_COMPLETION_INDEX", "1"),
            ("NOMAD_ALLOC_INDEX", "2"),
            ("TOTAL_PARTITIONS", "4")
        ])
        .unwrap_err()
        .to_string(),
        "two sources disagree on the index: JOB_COMPLETION_INDEX=1, but NOMAD_ALLOC_INDEX=2; \
         unset the one that is wrong, or give --index, which comes first"
    );
    assert_eq!(
        resolve(&[
            ("CLOUD_RUN_TASK_INDEX", "1"),
            ("CLOUD_RUN_TASK_COUNT", "5"),
            ("TOTAL_PARTITIONS", "4")
        ]),
        Err(IdentityError::Disagreement {
            what: "number of partitions",
            first: "TOTAL_PARTITIONS=4".to_owned(),
            second: "CLOUD_RUN_TASK_COUNT=5".to_owned(),
            flag: "--total-partitions"
        })
    );
}

#[test]
fn an_aws_attempt_of_0_is_refused() {
    assert_eq!(
        resolve(&[
            ("AWS_BATCH_JOB_ARRAY_INDEX", "0"),
            ("AWS_BATCH_JOB_ARRAY_SIZE", "2"),
            ("AWS_BATCH_JOB_ATTEMPT", "0")
        ]),
        Err(IdentityError::NotANumber { variable: "AWS_BATCH_JOB_ATTEMPT", value: "0".to_owned() })
    );
}

#[test]
fn no_partitions_at_all_are_refused() {
    assert_eq!(
        resolve(&[("JOB_COMPLETION_INDEX", "0"), ("TOTAL_PARTITIONS", "0")]),
        Err(IdentityError::NoPartitions { count_by: "TOTAL_PARTITIONS=0".to_owned() })
    );
}

#[test]
fn half_of_slurm_s_variables_are_not_enough() {
    let error =
        resolve(&[("SLURM_ARRAY_TASK_ID", "3"), ("SLURM_ARRAY_TASK_MIN", "1")]).unwrap_err();
    assert_eq!(
        error,
        IdentityError::Incomplete {
            variable: "SLURM_ARRAY_TASK_MAX",
            seen: "SLURM_ARRAY_TASK_ID=3, SLURM_ARRAY_TASK_MIN=1".to_owned()
        }
    );
}

#[test]
fn slurm_s_own_numbers_start_at_0_here() {
    let text = resolve(&[
        ("SLURM_ARRAY_TASK_ID", "9"),
        ("SLURM_ARRAY_TASK_MIN", "5"),
        ("SLURM_ARRAY_TASK_MAX", "9"),
        ("SLURM_ARRAY_TASK_COUNT", "5"),
        ("TOTAL_PARTITIONS", "4"),
    ])
    .unwrap_err()
    .to_string();
    assert!(text.contains("TOTAL_PARTITIONS=4, but SLURM_ARRAY_TASK_COUNT=5"), "{text}");
}

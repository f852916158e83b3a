//! A small job that does some indexes of a larger one.

use worker_runtime::{Engine, Environment, Identity, IdentityArgs, IdentityError};

fn environment(variables: &[(&str, &str)]) -> Environment {
    variables.iter().copied().collect()
}

/// One of seven partitions.
fn own(index: u32, engine: Engine) -> Result<Identity, IdentityError> {
    Ok(Identity { index, count: 7, attempt: None, engine })
}

#[test]
fn a_small_job_does_the_indexes_that_it_is_told_of_the_whole() {
    let some = || IdentityArgs { indexes: Some("1,3-5".parse().unwrap()), ..Default::default() };
    let of = |position: &str, more: &[(&str, &str)]| {
        let variables = [&[("JOB_COMPLETION_INDEX", position)], more].concat();
        some().resolve(&environment(&variables))
    };
    let total = ("TOTAL_PARTITIONS", "7");
    for (position, index) in [("0", 1), ("1", 3), ("2", 4), ("3", 5)] {
        assert_eq!(of(position, &[total]), own(index, Engine::Kubernetes));
    }
    let error = of("4", &[total]).unwrap_err();
    assert_eq!(error.exit(), worker_runtime::Exit::NoInput);
    assert!(error.to_string().contains("there are 4 of them"), "{error}");
    // An index that the whole does not have.
    assert!(matches!(
        of("3", &[("TOTAL_PARTITIONS", "5")]),
        Err(IdentityError::PastTheCount { last: 4, .. })
    ));
    // The engine counts the tasks of the small job, and those are not the partitions.
    let batch = [("CLOUD_RUN_TASK_INDEX", "1"), ("CLOUD_RUN_TASK_COUNT", "4")];
    assert!(matches!(some().resolve(&environment(&batch)), Err(IdentityError::NoCount { .. })));
    let told = [&batch[..], &[total]].concat();
    assert_eq!(some().resolve(&environment(&told)), own(3, Engine::CloudRun));
}

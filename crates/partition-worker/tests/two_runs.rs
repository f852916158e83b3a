//! Two runs that publish in one folder at the same moment. Twins, of the same work, both end well.
//! Of two that differ, the later one ends with an error, and no manifest vouches for a mixture.

mod support;

use std::process::{Command, Stdio};

use job_files::{Manifest, blake3};
use support::{Folder, Ran, rows};

const WORKER: &str = env!("CARGO_BIN_EXE_partition-worker");

const EXEC: [&str; 5] = ["exec", "--input", "in/data_{index}.csv", "--output", "out"];

/// `exec` with a shell script. With `$WORKER exec ...` in it, another run happens while this one is
/// at work.
fn exec_of<'a>(script: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&EXEC, more, &["--", "sh", "-c", script]].concat()
}

fn run(folder: &Folder, arguments: &[&str]) -> Ran {
    Ran::of(folder.worker(0, 1, arguments).env("WORKER", WORKER).output().unwrap())
}

/// Whether a manifest is there; if so, it must be true.
#[track_caller]
fn is_vouched_for(folder: &Folder) -> bool {
    let Ok(bytes) = std::fs::read(folder.path("out/part-00000/_SUCCESS")) else { return false };
    let manifest = Manifest::from_bytes(&bytes).unwrap();
    for output in manifest.outputs {
        let bytes = std::fs::read(folder.path("out/part-00000").join(&output.name)).unwrap();
        assert_eq!(blake3(&bytes), output.blake3, "{}", output.name);
    }
    true
}

#[test]
fn a_run_of_another_program_that_has_published_meanwhile_is_not_replaced() {
    let folder = Folder::with_input(rows(10));
    let script = "cat >/dev/null; $WORKER exec --input 'in/data_{index}.csv' --output out \
                  -- sort >&2 2>/dev/null; echo mine";
    let ran = run(&folder, &exec_of(script, &[]));
    let error = ran.assert_code(64).error();
    assert!(error.contains("another run with another") && error.contains("program"), "{error}");
    assert!(is_vouched_for(&folder));
    assert!(folder.read("out/part-00000/output").starts_with("id,amount\nr0,"));
    // Alone, it replaces what is there, as ever.
    let ran = run(&folder, &exec_of("cat >/dev/null; echo mine", &[]));
    ran.assert_code(0);
    assert_eq!(folder.read("out/part-00000/output"), "mine\n");
}

#[test]
fn neither_are_results_under_other_names_or_those_of_another_command() {
    for (inner, more) in [
        ("exec --input 'in/data_{index}.csv' --output out --output-name b -- cat", ["--force"]),
        (
            "validate --input 'in/data_{index}.csv' --schema schema.json --output out",
            ["--allow-unread-input"],
        ),
    ] {
        let folder = Folder::with_input(rows(10));
        let script = format!("cat >/dev/null; $WORKER {inner} >&2 2>/dev/null; echo mine");
        run(&folder, &exec_of(&script, &more)).assert_code(64);
        assert!(is_vouched_for(&folder));
        assert!(!folder.exists("out/part-00000/output"), "{inner}");
    }
}

#[test]
fn a_twin_that_has_finished_meanwhile_has_done_the_work() {
    let folder = Folder::with_input(rows(10));
    let script = "[ -e $MARK ] || { : > $MARK; $WORKER exec --input 'in/data_{index}.csv' \
                  --output out -- sh -c \"$SCRIPT\" >&2; }; cat";
    let arguments = exec_of(script, &[]);
    let mut command = folder.worker(0, 1, &arguments);
    let ran = Ran::of(
        command.env("WORKER", WORKER).env("SCRIPT", script).env("MARK", "twin").output().unwrap(),
    );
    ran.assert_code(0);
    assert_eq!(ran.stderr.matches("partition published").count(), 2, "{}", ran.stderr);
    assert!(is_vouched_for(&folder));
    assert_eq!(folder.read("out/part-00000/output"), rows(10));
}

#[test]
fn a_program_that_gives_each_pod_another_output_is_done_once() {
    let folder = Folder::with_input(rows(10));
    let script = "[ -e $MARK ] || { : > $MARK; $WORKER exec --input 'in/data_{index}.csv' \
                  --output out -- sh -c \"$SCRIPT\" >&2 2>/dev/null; }; cat >/dev/null; echo $$";
    let arguments = exec_of(script, &[]);
    let ran = || {
        let mut command = folder.worker(0, 1, &arguments);
        Ran::of(
            command
                .env("WORKER", WORKER)
                .env("SCRIPT", script)
                .env("MARK", "twin")
                .output()
                .unwrap(),
        )
    };
    let error = ran().assert_code(74).error();
    assert!(error.contains("another output each time"), "{error}");
    assert!(is_vouched_for(&folder));
    // As Kubernetes tries again.
    ran().assert_code(0);
    assert_eq!(folder.termination()["outcome"], "already-done");
}

/// Whatever the moment: several runs of two kinds, again and again.
#[test]
fn of_many_runs_at_once_none_ends_well_with_a_mixture() {
    for round in 0..6 {
        let folder = Folder::with_input(rows(3000));
        let start = |number: usize| {
            let (name, program) = [("one", &["sort", "-r"][..]), ("two", &["cat"])][number % 2];
            let name = if round % 2 == 0 { "same" } else { name };
            let arguments = [&EXEC, &["--output-name", name, "--"][..], program].concat();
            let mut command: Command = folder.worker(0, 1, &arguments);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let running: Vec<_> = (0..4).map(start).collect();
        let mut done = [0, 0];
        for (number, child) in running.into_iter().enumerate() {
            let ran = Ran::of(child.wait_with_output().unwrap());
            match ran.code {
                Some(0) => done[number % 2] += 1,
                Some(64 | 74) => {}
                _ => panic!("{}", ran.stderr),
            }
        }
        assert!(done[0] + done[1] > 0, "one of them is the first");
        assert!(is_vouched_for(&folder));
    }
}

//! The results are those of local files, whatever the network does.

use system_tests::{Answer, CannedServer, Fault, FaultPlan, FaultProxy, S3Server, worker};

use crate::{PARTITIONS, make_transactions, objects, validate, variables};

#[test]
fn a_night_goes_from_bucket_to_bucket_and_a_second_run_finds_it_done() -> anyhow::Result<()> {
    let server = S3Server::start(&["incoming", "results"])?;
    let folder = tempfile::tempdir()?;
    make_transactions(folder.path(), &server.endpoint(), 3000)?;
    for index in 0..PARTITIONS {
        let output = validate(folder.path(), &server.endpoint(), index, &[])?;
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let published = objects(&server, "results");
    assert_eq!(published.len(), 5 * PARTITIONS as usize, "{:?}", published.keys());
    let truth: String =
        String::from_utf8(objects(&server, "incoming")["night/truth.json"].clone())?;
    let summary = String::from_utf8(published["checked/part-00000/summary.json"].clone())?;
    assert!(truth.contains("\"accepted\"") && summary.contains("\"rows\": 1000"), "{summary}");

    let again = validate(folder.path(), &server.endpoint(), 0, &[])?;
    assert_eq!(again.status.code(), Some(0));
    let message = std::fs::read_to_string(folder.path().join("termination.json"))?;
    assert!(message.contains("\"already-done\""), "{message}");
    assert_eq!(objects(&server, "results"), published);

    let arguments = ["summarize", "s3://results/checked/"];
    let output =
        worker("partition-worker", folder.path(), &arguments, &variables(&server.endpoint(), &[]))
            .output()?;
    let table = String::from_utf8(output.stdout)?;
    assert!(table.contains("total") && table.contains("3,000"), "{table}");
    assert!(objects(&server, "results").contains_key("checked/_SUCCESS"));
    Ok(())
}

#[test]
fn byte_ranges_and_dealt_files_work_on_objects_too() -> anyhow::Result<()> {
    let server = S3Server::start(&["incoming", "results"])?;
    let folder = tempfile::tempdir()?;
    make_transactions(folder.path(), &server.endpoint(), 600)?;
    // A byte range in which a quote stays open on its line is refused.
    let night = server.folder().join("incoming/night/data_0.csv");
    let plain: String =
        std::fs::read(night)?.utf8_chunks().map(|chunk| chunk.valid().replace('"', "")).collect();
    std::fs::create_dir(server.folder().join("incoming/plain"))?;
    std::fs::write(server.folder().join("incoming/plain/data.csv"), plain)?;
    // The schema and the truth lie beside the data, so the data is named by a pattern.
    for (input, split) in
        [("s3://incoming/night/*.csv", "files"), ("s3://incoming/plain/data.csv", "bytes")]
    {
        let mut rows = 0;
        for index in 0..PARTITIONS {
            let output = worker(
                "partition-worker",
                folder.path(),
                &[
                    "exec",
                    "--input",
                    input,
                    "--split",
                    split,
                    "--output",
                    "s3://results/lines/",
                    "--header",
                    "--force",
                    "--",
                    "/bin/cat",
                ],
                &variables(
                    &server.endpoint(),
                    &[
                        ("JOB_COMPLETION_INDEX", index.to_string()),
                        ("TOTAL_PARTITIONS", PARTITIONS.to_string()),
                    ],
                ),
            )
            .output()?;
            assert_eq!(
                output.status.code(),
                Some(0),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
            let lines = &objects(&server, "results")[&format!("lines/part-{index:05}/output")];
            rows += lines.iter().filter(|byte| **byte == b'\n').count() - 1;
        }
        let all = objects(&server, "incoming");
        let lines = |name: &str| all[name].iter().filter(|byte| **byte == b'\n').count() - 1;
        let expected = match split {
            "files" => (0..PARTITIONS).map(|index| lines(&format!("night/data_{index}.csv"))).sum(),
            _ => lines("plain/data.csv"),
        };
        assert_eq!(rows, expected);
    }
    Ok(())
}

#[test]
fn over_a_network_that_fails_the_result_is_the_same_bytes() -> anyhow::Result<()> {
    let server = S3Server::start(&["incoming", "results"])?;
    let folder = tempfile::tempdir()?;
    make_transactions(folder.path(), &server.endpoint(), 30_000)?;
    for index in 0..PARTITIONS {
        validate(folder.path(), &server.endpoint(), index, &[])?;
    }
    let expected = objects(&server, "results");
    assert_eq!(expected.len(), 5 * PARTITIONS as usize);
    for seed in 0..3 {
        let plan = FaultPlan { seed, share: 0.3, faults: Fault::ALL.to_vec(), longest_run: 4 };
        let proxy = FaultProxy::start(&server.endpoint(), plan)?;
        for index in 0..PARTITIONS {
            // Small ranges, so that one object takes many requests.
            let output = validate(
                folder.path(),
                &proxy.endpoint(),
                index,
                &["--force", "--s3-range-mib", "1"],
            )?;
            assert_eq!(
                output.status.code(),
                Some(0),
                "seed {seed}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        let injected: u64 = Fault::ALL.iter().map(|fault| proxy.injected(*fault)).sum();
        assert!(injected > 0, "seed {seed} injected nothing");
        assert_eq!(objects(&server, "results"), expected, "seed {seed}");
    }
    Ok(())
}

#[test]
fn who_may_only_write_can_deliver_by_force() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("data_0.csv"), "x\n1\n")?;
    let write_only = CannedServer::start(|request, _| match request.method.as_str() {
        "PUT" => Answer::empty(200).header("etag", "\"e\""),
        _ => Answer::error(403, "AccessDenied", "Access Denied"),
    })?;
    let identity = [("JOB_COMPLETION_INDEX", "0".to_owned()), ("TOTAL_PARTITIONS", "1".to_owned())];
    let deliver = |more: &[&str]| {
        let mut arguments = vec!["exec", "--input", "data_{index}.csv", "--output", "s3://b/out/"];
        arguments.extend(more);
        arguments.extend(["--", "cat"]);
        let mut command = worker(
            "partition-worker",
            folder.path(),
            &arguments,
            &variables(&write_only.endpoint(), &identity),
        );
        command.env("PATH", "/usr/bin:/bin").output()
    };
    let output = deliver(&[])?;
    assert_eq!(output.status.code(), Some(77), "{}", String::from_utf8_lossy(&output.stderr));
    let output = deliver(&["--force"])?;
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let last = write_only.requests().pop().expect("there were requests");
    assert_eq!(last.method, "PUT");
    assert!(last.target.starts_with("/b/out/part-00000/_SUCCESS"), "{}", last.target);
    Ok(())
}

#[test]
fn a_key_with_brackets_blanks_or_a_copys_name_is_read_and_told_as_a_file_is() -> anyhow::Result<()>
{
    let server = S3Server::start(&["incoming"])?;
    let folder = tempfile::tempdir()?;
    let at = server.folder().join("incoming/in");
    std::fs::create_dir(&at)?;
    for (name, text) in
        [("c [1].csv", "x\n"), ("a+b (1).csv", "y\n"), ("a+b.csv", "z\n"), ("d.csv~", "old\n")]
    {
        std::fs::write(at.join(name), text)?;
    }
    let exec = |input: &str| -> anyhow::Result<(Vec<u8>, String)> {
        let arguments = ["exec", "--input", input, "--output", "out", "--force", "--", "cat"];
        let identity =
            [("JOB_COMPLETION_INDEX", "0".to_owned()), ("TOTAL_PARTITIONS", "1".to_owned())];
        let variables = variables(&server.endpoint(), &identity);
        let output = worker("partition-worker", folder.path(), &arguments, &variables).output()?;
        let said = String::from_utf8(output.stderr)?;
        anyhow::ensure!(output.status.success(), "{input}: {said}");
        Ok((std::fs::read(folder.path().join("out/part-00000/output"))?, said))
    };
    for input in
        ["s3://incoming/in/c [1].csv", "s3://incoming/in/c [[]1].csv", "s3://incoming/in/c*"]
    {
        assert_eq!(exec(input)?.0, b"x\n", "{input}");
    }
    let (output, said) = exec("s3://incoming/in/")?;
    assert_eq!(output, b"y\nz\nx\n");
    assert!(
        said.contains("a+b (1).csv") && said.contains("seem to have the same contents"),
        "{said}"
    );
    assert!(said.contains("d.csv~") && said.contains("are passed over"), "{said}");
    Ok(())
}

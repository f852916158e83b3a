//! The handlers that the README shows.

use super::*;

/// The code blocks of the guide that begin with this line.
fn readme(first: &str) -> Vec<String> {
    let readme =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let blocks = readme.split("\n```").skip(1).step_by(2).map(str::to_owned);
    blocks.filter(|block| block.starts_with(first)).collect()
}

#[test]
fn the_handlers_of_the_readme_do_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let python = readme("python\nimport json");
    let node = readme("js\n");
    let jq = readme("console\n$ queue-worker run --lines -- jq");
    assert_eq!((python.len(), node.len(), jq.len()), (1, 1, 1));
    let file = |name: &str, block: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, block.split_once('\n').unwrap().1).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let filter = jq[0].split('\'').nth(1).unwrap().to_owned();
    let commands = [
        vec!["python3".to_owned(), file("handler.py", &python[0])],
        vec!["node".to_owned(), file("handler.js", &node[0])],
        ["jq", "-c", "--unbuffered", &filter].map(str::to_owned).to_vec(),
    ];
    for command in &commands {
        if command[0] != "python3" && Command::new(&command[0]).arg("--version").output().is_err() {
            eprintln!("left out: {} is not installed", command[0]);
            continue;
        }
        let server = Server::start();
        push(&server, &[br#"{"amount":"12.34"}"#, br#"{"amount":"1.10"}"#]);
        let mut arguments = vec!["run", "--lines", "--max-attempts", "1", "--window", "2", "--"];
        arguments.extend(command.iter().map(String::as_str));
        let ended = Worker::run(&server.url(), &arguments).expect(0);
        assert_eq!(ended.count("done"), 2, "{command:?}: {}", ended.stderr);
        let mut outputs: Vec<String> = results(&server)
            .iter()
            .map(|result| result["output"].as_str().unwrap().to_owned())
            .collect();
        outputs.sort();
        assert_eq!(outputs, ["1.10", "12.34"], "{command:?}");
    }
}

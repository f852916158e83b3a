//! A Redis user without a permission: nothing is lost, and where the server can be asked nothing is
//! changed.

use super::*;

/// Every payload that is anywhere.
fn anywhere(connection: &mut redis::Connection) -> BTreeSet<Vec<u8>> {
    let mut found = BTreeSet::new();
    let lists: Vec<String> = redis::cmd("KEYS").arg("{q}:claim:*").query(connection).unwrap();
    for list in lists.iter().map(String::as_str).chain(["q", "{q}:results"]) {
        let items: Vec<Vec<u8>> =
            redis::cmd("LRANGE").arg(&[list, "0", "-1"]).query(connection).unwrap();
        found.extend(items);
    }
    let records: Vec<Vec<u8>> = redis::cmd("HVALS").arg("{q}:failed").query(connection).unwrap();
    found.extend(records.iter().map(|record| Record::parse(record).unwrap().payload));
    found
}

#[test]
fn a_missing_permission_loses_nothing() {
    let server = Server::start();
    let mut connection = server.connection();
    let all: BTreeSet<Vec<u8>> =
        ["a", "b", "c", "d", "e"].map(|task| task.as_bytes().to_vec()).into();
    let commands = [
        "get",
        "set",
        "time",
        "llen",
        "lrange",
        "lindex",
        "ltrim",
        "rpush",
        "lpush",
        "del",
        "hget",
        "hset",
        "hdel",
        "hincrby",
        "zadd",
        "zrem",
        "zcard",
        "zrange",
        "zrangebyscore",
        "zscore",
        "pexpire",
        "evalsha",
    ];
    let mut refused = BTreeSet::new();
    block_on(async {
        let whole = server.queue("q");
        for command in commands {
            let () = redis::cmd("ACL")
                .arg(&["SETUSER", "lame", "on", ">secret", "~*", "+@all", &format!("-{command}")])
                .query(&mut connection)
                .unwrap();
            let lame =
                queue_at(&server.url().replace("redis://", "redis://lame:secret@"), "q", &[]);
            // Each step of a task's life in turn is taken by the worker that lacks the permission.
            for at in 0..4 {
                let () = redis::cmd("FLUSHALL").query(&mut connection).unwrap();
                push(&mut connection, &[b"a", b"b", b"c", b"d", b"e"]);
                let queue = |now: usize| if now == at { &lame } else { &whole };
                let mut lanes = [0, 1, 2].map(|number| Caller::new("n", number));
                let mut terms = terms();
                terms.results_ttl = Duration::from_secs(1000);
                let mut step =
                    async |now: usize, lane: &mut Caller, settle: Option<&Settle>, want| {
                        let before = everything(&mut server.connection());
                        let answer = queue(now).advance(lane, &terms, None, settle, want).await;
                        let found = anywhere(&mut server.connection());
                        // A claim of retried tasks lists their ids too.
                        assert!(
                            found.is_superset(&all),
                            "without {command}, at step {now} of {at}: {found:?}"
                        );
                        match answer {
                            Ok(Step::Taken(answer)) => answer.claim,
                            Ok(other) => panic!("{other:?}"),
                            Err(error) => {
                                assert!(
                                    error.to_string().contains("may not do what the queue needs"),
                                    "{error}"
                                );
                                refused.insert(command);
                                let unchanged = everything(&mut server.connection()) == before;
                                assert!(
                                    unchanged || !is_modern(),
                                    "without {command}, step {now} was half taken"
                                );
                                None
                            }
                        }
                    };
                let Some(claim) = step(0, &mut lanes[0], None, 4).await else { continue };
                let settle = Settle {
                    over: 2,
                    failures: vec![failed_at(1)],
                    results: vec![b"a".to_vec()],
                    rest: Rest::Return { keep: 1 },
                    ..all_done(&claim)
                };
                step(1, &mut lanes[0], Some(&settle), 0).await;
                let claims: Vec<String> = redis::cmd("ZRANGE")
                    .arg(&["{q}:leases", "0", "-1"])
                    .query(&mut connection)
                    .unwrap();
                for id in &claims {
                    expire(&mut connection, "q", id, 1);
                }
                if let Some(claim) = step(2, &mut lanes[1], None, 2).await {
                    step(3, &mut lanes[1], Some(&hand_back(&claim)), 0).await;
                }
            }
        }
    });
    // A permission that nothing asks for would make the test idle.
    assert_eq!(refused, BTreeSet::from(commands));
}

#[test]
fn whatever_else_is_refused_a_command_changes_nothing_either() {
    let server = Server::start();
    let mut connection = server.connection();
    let lame = || queue_at(&server.url().replace("redis://", "redis://lame:secret@"), "q", &[]);
    let mut permit = |rules: &[&str]| {
        let () = redis::cmd("ACL")
            .arg(&["SETUSER", "lame", "reset", "on", ">secret", "+@all"])
            .arg(rules)
            .query(&mut connection)
            .unwrap();
    };
    block_on(async {
        let whole = server.queue("q");
        let mut pusher = Pusher::new("n");
        let count = whole.push(&mut pusher, &[b"a", b"b", b"c"]).await.unwrap();
        assert_eq!(count, Pushed::Added(3));
        let claim = take(&whole, &mut Caller::new("n", 0), 2).await;
        let dead = Settle {
            results: Vec::new(),
            failures: vec![dead_at(0), dead_at(1)],
            ..all_done(&claim)
        };
        step(&whole, &mut Caller::new("n", 1), &terms(), Some(&dead), 0).await;
        let ids = whole.dead_ids(0, 10).await.unwrap();
        let processing = whole.keys().rediswq_processing();
        let () =
            redis::cmd("RPUSH").arg(&[&processing, "x"]).query(&mut server.connection()).unwrap();
        let unique = [(b"k", b"payload")];
        let before = everything(&mut server.connection());
        for (rules, which) in [
            (&["~*", "-set"][..], "push"),
            (&["~*", "-set"], "unique"),
            (&["~*", "-sadd"], "unique"),
            (&["~*", "-pexpire"], "unique"),
            (&["~*", "-hdel"], "retry"),
            (&["~*", "-zrem"], "retry"),
            (&["~*", "-hdel"], "drop"),
            (&["~*", "-lrem"], "adopt"),
            // The keys of claims are not among those that a call names, and so are not checked
            // before it begins.
            (&["~q", "~{q}:[!c]*", "~{q}:counts", "~{q}:call:*"], "take"),
        ] {
            permit(rules);
            let queue = lame();
            let refused = match which {
                "push" => queue.push(&mut pusher, &[b"d"]).await.unwrap_err(),
                "unique" => {
                    let call = pusher.push_unique(queue.keys(), Duration::from_secs(60), &unique);
                    queue.pushed(&mut pusher, &call).await.unwrap_err()
                }
                "retry" => queue.dead_retry(&ids).await.unwrap_err(),
                "drop" => queue.dead_drop(&ids).await.unwrap_err(),
                "adopt" => queue.adopt(b"x").await.unwrap_err(),
                _ => queue
                    .advance(&mut Caller::new("m", 0), &terms(), None, None, 1)
                    .await
                    .unwrap_err(),
            };
            let said = refused.to_string();
            assert!(
                said.contains("may not do what the queue needs"),
                "{which} with {rules:?}: {said}"
            );
            let helps = rules.last().unwrap().replace('-', "+");
            let helps = if which == "take" { "~NAME ~{NAME}:*" } else { &helps };
            // A server that scripts cannot ask has its own words, and has done the half of it.
            if is_modern() {
                assert!(said.ends_with(helps), "{which} with {rules:?}: {said}");
                assert!(
                    everything(&mut server.connection()) == before,
                    "{which} with {rules:?} was half made"
                );
            }
        }
    });
}

#[test]
fn a_claim_that_was_refused_half_made_leaves_nothing_behind() {
    let server = Server::start();
    let mut connection = server.connection();
    for command in ["zadd", "hset", "rpush", "ltrim"] {
        let () = redis::cmd("FLUSHALL").query(&mut connection).unwrap();
        let () = redis::cmd("ACL")
            .arg(&["SETUSER", "lame", "on", ">secret", "~*", "+@all", &format!("-{command}")])
            .query(&mut connection)
            .unwrap();
        let lame = queue_at(&server.url().replace("redis://", "redis://lame:secret@"), "q", &[]);
        push(&mut connection, &[b"a", b"b"]);
        block_on(async {
            lame.advance(&mut Caller::new("lame", 0), &terms(), None, None, 2).await.unwrap_err();
            expire(&mut connection, "q", "lame.0.1", 1);
            step(&server.queue("q"), &mut Caller::new("n", 0), &terms(), None, 0).await;
        });
        let mut keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut connection).unwrap();
        keys.retain(|key| !key.contains(":call:"));
        keys.sort();
        let pending: Vec<String> =
            redis::cmd("LRANGE").arg(&["q", "0", "-1"]).query(&mut connection).unwrap();
        assert_eq!(pending, ["a", "b"], "without {command}");
        // Where only their leaving the list was refused they were claimed, and that is a claim like
        // any other. A server that the script can ask is not even begun to be changed.
        let claimed = command == "ltrim" && !is_modern();
        let left: &[&str] = if claimed {
            &["q", "{q}:counts", "{q}:delayed", "{q}:epoch", "{q}:failed"]
        } else {
            &["q", "{q}:epoch"]
        };
        assert_eq!(keys, left, "without {command}");
    }
}

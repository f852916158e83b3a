//! The headers that a bucket's policy may ask for.

use system_tests::{Answer, CannedServer, Request};

use crate::{PUT, found, server};

/// As small as an object can be read in one range.
const SIZE: usize = 10;

/// Keeps one object, which is always there.
fn answer(request: &Request, _: usize) -> Answer {
    let object =
        |status| Answer::with_body(status, "text/plain", vec![7; SIZE]).header("etag", "\"1\"");
    match request.method.as_str() {
        "GET" if request.target.contains("list-type=2") => {
            Answer::with_body(200, "application/xml", "<ListBucketResult></ListBucketResult>")
        }
        "GET" => object(206).header("content-range", format!("bytes 0-{}/{SIZE}", SIZE - 1)),
        "HEAD" => object(200),
        _ => Answer::empty(200).header("etag", "\"1\""),
    }
}

/// The header fields of each request by its method, of those that `wanted` names.
fn sent(more: &[(&str, &str)], wanted: &[&str]) -> anyhow::Result<Vec<(String, Vec<String>)>> {
    let server = CannedServer::start(answer)?;
    let (endpoint, size) = (server.endpoint(), SIZE.to_string());
    let base = [
        ("AWS_ENDPOINT_URL_S3", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "A"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
        (PUT, size.as_str()),
    ];
    assert_eq!(found("s3://bucket/in", &[base.as_slice(), more].concat())?, "");
    let fields = |request: &Request| {
        let signed = request.header("authorization").unwrap_or_default().to_owned();
        let fields = wanted.iter().filter_map(|name| {
            let value = request.header(name)?;
            assert!(signed.contains(name), "{name} is not signed: {signed}");
            Some(value.to_owned())
        });
        (request.method.clone(), fields.collect())
    };
    Ok(server.requests().iter().map(fields).collect())
}

fn of_each(puts: &[&str], reads: &[&str], lists: &[&str]) -> Vec<(String, Vec<String>)> {
    [("PUT", puts), ("HEAD", reads), ("GET", reads), ("GET", lists)]
        .into_iter()
        .map(|(method, fields)| {
            (method.to_owned(), fields.iter().map(|field| (*field).to_owned()).collect())
        })
        .collect()
}

#[test]
fn what_is_written_carries_what_the_bucket_asks_for_and_it_is_signed() -> anyhow::Result<()> {
    let sent = sent(
        &[
            ("JOB_WORKER_S3_SSE_KMS_KEY_ID", "alias/nightly"),
            ("JOB_WORKER_S3_STORAGE_CLASS", "STANDARD_IA"),
            ("JOB_WORKER_S3_ACL", "bucket-owner-full-control"),
            ("JOB_WORKER_S3_TAGGING", "team=risk&night=true"),
        ],
        &[
            "x-amz-server-side-encryption",
            "x-amz-server-side-encryption-aws-kms-key-id",
            "x-amz-storage-class",
            "x-amz-acl",
            "x-amz-tagging",
        ],
    )?;
    let written = [
        "aws:kms",
        "alias/nightly",
        "STANDARD_IA",
        "bucket-owner-full-control",
        "team=risk&night=true",
    ];
    assert_eq!(sent, of_each(&written, &[], &[]));
    Ok(())
}

#[test]
fn a_requester_who_pays_says_so_in_every_request() -> anyhow::Result<()> {
    let payer = ["requester"];
    let sent = sent(&[("JOB_WORKER_S3_REQUEST_PAYER", "true")], &["x-amz-request-payer"])?;
    assert_eq!(sent, of_each(&payer, &payer, &payer));
    Ok(())
}

#[test]
fn a_key_of_the_customers_goes_along_with_what_is_written_and_read() -> anyhow::Result<()> {
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), "0123456789abcdef0123456789abcdef")?;
    let sent = sent(
        &[("JOB_WORKER_S3_SSE_CUSTOMER_KEY_FILE", file.path().to_str().expect("UTF-8"))],
        &[
            "x-amz-server-side-encryption-customer-algorithm",
            "x-amz-server-side-encryption-customer-key",
            "x-amz-server-side-encryption-customer-key-md5",
        ],
    )?;
    let key =
        ["AES256", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "hRasmdxgYDKV3nvbahU1MA=="];
    assert_eq!(sent, of_each(&key, &key, &[]));
    Ok(())
}

#[tokio::test]
async fn a_server_that_checks_signatures_takes_parts_with_them() -> anyhow::Result<()> {
    let (server, id, secret) = server().await?;
    let endpoint = server.endpoint();
    let environment = [
        ("AWS_ENDPOINT_URL_S3", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", &id),
        ("AWS_SECRET_ACCESS_KEY", &secret),
        ("JOB_WORKER_S3_SSE", "AES256"),
        ("JOB_WORKER_S3_ACL", "bucket-owner-full-control"),
        ("JOB_WORKER_S3_STORAGE_CLASS", "STANDARD"),
        ("JOB_WORKER_S3_REQUEST_PAYER", "true"),
        (PUT, "12000000"),
    ];
    assert_eq!(found("s3://bucket/in", &environment)?, "s3://bucket/in/a.csv s3://bucket/in/put");
    Ok(())
}

#[test]
fn a_setting_that_no_request_could_carry_is_told_by_its_name() -> anyhow::Result<()> {
    for (variable, value, wanted) in [
        ("JOB_WORKER_S3_ACL", "a\nb", "Configuration: --s3-acl cannot be used: \"a\\nb\" holds"),
        (
            "JOB_WORKER_S3_SSE_CUSTOMER_KEY_FILE",
            "/nowhere/key",
            "Configuration: --s3-sse-customer-key-file cannot be used: /nowhere/key cannot be read",
        ),
    ] {
        let keys = [("AWS_ACCESS_KEY_ID", "A"), ("AWS_SECRET_ACCESS_KEY", "s"), (variable, value)];
        let told = found("s3://bucket/in", &keys)?;
        assert!(told.starts_with(wanted), "{told}");
    }
    Ok(())
}

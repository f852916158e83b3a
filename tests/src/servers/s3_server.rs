//! An S3 server on a temporary folder, over real HTTP, checking SigV4 signatures.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use object_storage::{Keys, StorageArgs};
use s3s::Body;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::servers::background::Background;

const ACCESS_KEY: &str = "AKIDTESTONLY";
const SECRET_KEY: &str = "secret-of-the-tests";

/// s3s-fs behind HTTP, made to answer like S3 where it does not. Its buckets are the sub-folders of
/// [`S3Server::folder`].
#[derive(Debug)]
pub struct S3Server {
    // First, so that the thread has ended before the folder is removed.
    background: Background,
    folder: PathBuf,
    /// Removed with the server.
    _temporary: Option<TempDir>,
}

impl S3Server {
    /// Starts a server with the given buckets.
    pub fn start(buckets: &[&str]) -> anyhow::Result<S3Server> {
        S3Server::start_for(&S3Server::keys(), buckets)
    }

    /// The same for who has other keys.
    pub fn start_for(keys: &Keys, buckets: &[&str]) -> anyhow::Result<S3Server> {
        let folder = tempfile::tempdir()?;
        for bucket in buckets {
            std::fs::create_dir(folder.path().join(bucket))?;
        }
        let server = S3Server::start_at((Ipv4Addr::LOCALHOST, 0).into(), keys, folder.path())?;
        Ok(S3Server { _temporary: Some(folder), ..server })
    }

    /// Starts a server at an address, on a folder that outlives it.
    pub fn start_at(address: SocketAddr, keys: &Keys, folder: &Path) -> anyhow::Result<S3Server> {
        let store = s3s_fs::FileSystem::new(folder)
            .map_err(|error| anyhow::anyhow!("no file store: {error:?}"))?;
        let mut builder = S3ServiceBuilder::new(store);
        builder.set_auth(SimpleAuth::from_single(
            keys.access_key_id.clone(),
            keys.secret_access_key.clone(),
        ));
        let service = builder.build();
        // s3s-fs looks whether an object exists and then writes it; a real server does both in one
        // step.
        let one_at_a_time = Arc::new(Mutex::new(()));
        let root: Arc<Path> = folder.into();
        let background = Background::start_at(address, move |connection| {
            let (service, one_at_a_time) = (service.clone(), Arc::clone(&one_at_a_time));
            let root = Arc::clone(&root);
            async move {
                let serve = service_fn(|request: Request<Incoming>| {
                    let (service, lock) = (service.clone(), Arc::clone(&one_at_a_time));
                    let is_lost = has_no_bucket(&root, request.uri().path());
                    async move {
                        if is_lost && request.method() != Method::HEAD {
                            return Ok(no_such_bucket(request).await);
                        }
                        let is_commit = request.headers().contains_key("if-none-match");
                        let _held = match is_commit {
                            true => Some(lock.lock().await),
                            false => None,
                        };
                        hyper::service::Service::call(&service, request).await
                    }
                });
                // A client that goes away in mid-request is no failure of the server.
                let _ = hyper::server::conn::http1::Builder::new()
                    .timer(TokioTimer::new())
                    .serve_connection(TokioIo::new(connection), serve)
                    .await;
            }
        })?;
        Ok(S3Server { background, folder: folder.to_owned(), _temporary: None })
    }

    /// Where it listens, as `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        self.background.url()
    }

    /// Where it keeps its data.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The keys it accepts.
    pub fn keys() -> Keys {
        Keys { access_key_id: ACCESS_KEY.to_owned(), secret_access_key: SECRET_KEY.to_owned() }
    }

    /// Settings for a client in this process. `endpoint` is the server's, or that of a proxy in
    /// front of it.
    pub fn args(endpoint: &str) -> StorageArgs {
        StorageArgs {
            endpoint: Some(endpoint.to_owned()),
            keys: Some(S3Server::keys()),
            region: Some("us-east-1".to_owned()),
            ..StorageArgs::default()
        }
    }

    /// The environment of a worker that uses the server as `endpoint`.
    pub fn environment(endpoint: &str) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", endpoint.to_owned()),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
        ]
    }

    /// The names of multipart uploads that were neither completed nor aborted.
    ///
    /// Parts are not looked at: s3s-fs stores one that was on its way when its upload was aborted.
    pub fn unfinished_uploads(&self) -> anyhow::Result<Vec<String>> {
        let mut names = Vec::new();
        for item in std::fs::read_dir(self.folder())? {
            let name = item?.file_name().to_string_lossy().into_owned();
            if name.starts_with(".upload-") && name.ends_with(".json") {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }
}

/// s3s-fs would make the folder of a missing bucket when an object is put into it.
fn has_no_bucket(root: &Path, path: &str) -> bool {
    match path.trim_start_matches('/').split_once('/') {
        Some((bucket, key)) => !key.is_empty() && !root.join(bucket).is_dir(),
        None => false,
    }
}

async fn no_such_bucket(request: Request<Incoming>) -> Response<Body> {
    // Taken in first: a client that is still sending would see a reset instead of the answer.
    let _ = request.into_body().collect().await;
    let text = "<Error><Code>NoSuchBucket</Code><Message>no such bucket</Message></Error>";
    let mut response = Response::new(Body::from(text.to_owned()));
    *response.status_mut() = hyper::StatusCode::NOT_FOUND;
    response
}

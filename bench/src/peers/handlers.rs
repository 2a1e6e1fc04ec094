//! Bare handlers: axum and tokio-postgres, and nothing between them.
//!
//! `POST /rows` inserts one row and commits, over as many sessions as commits can overlap. `GET /rows/{id}` looks one row
//! up by its key, pipelined over few sessions.

use crate::Failure;
use crate::database::connect;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio_postgres::{Client, Statement};
use uuid::Uuid;

/// Sessions for commits: with fewer of them fewer share a flush, with more of them nothing is gained.
const WRITERS: usize = 32;
/// Sessions for look-ups, pipelined.
const READERS: usize = 4;

struct Sessions {
    clients: Vec<(Client, Statement)>,
    next: AtomicUsize,
}

impl Sessions {
    async fn open(url: &str, count: usize, sql: &str) -> Result<Self, Failure> {
        let mut clients = Vec::new();
        for _ in 0..count {
            let client = connect(url).await?;
            let statement = client.prepare(sql).await?;
            clients.push((client, statement));
        }
        Ok(Self { clients, next: AtomicUsize::new(0) })
    }

    fn next(&self) -> &(Client, Statement) {
        &self.clients[self.next.fetch_add(1, Ordering::Relaxed) % self.clients.len()]
    }
}

struct Database {
    writers: Sessions,
    readers: Sessions,
}

/// A row, as it is answered.
#[derive(Serialize)]
struct Row {
    id: Uuid,
    version: i64,
    payload: Value,
}

/// Serves on a free port, which it prints.
pub(crate) async fn serve(url: &str) -> Result<(), Failure> {
    connect(url)
        .await?
        .batch_execute("CREATE TABLE IF NOT EXISTS rows (id uuid PRIMARY KEY, version bigint NOT NULL, payload text NOT NULL)")
        .await?;
    let database = Database {
        writers: Sessions::open(url, WRITERS, "INSERT INTO rows VALUES ($1, 1, $2)").await?,
        readers: Sessions::open(url, READERS, "SELECT id, version, payload FROM rows WHERE id = $1").await?,
    };
    let routes = Router::new()
        .route("/rows", post(insert))
        .route("/rows/{id}", get(find))
        .with_state(Arc::new(database));
    listen(routes).await
}

/// Serves routes on a free port, which it prints.
pub(crate) async fn listen(routes: Router) -> Result<(), Failure> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
        // Only slower without it.
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, routes).await?)
}

async fn insert(
    State(database): State<Arc<Database>>,
    Json(body): Json<Value>,
) -> Result<(StatusCode, Json<Row>), StatusCode> {
    let row = Row { id: Uuid::now_v7(), version: 1, payload: body };
    let (client, statement) = database.writers.next();
    client.execute(statement, &[&row.id, &row.payload.to_string()]).await.map_err(failed)?;
    Ok((StatusCode::CREATED, Json(row)))
}

async fn find(State(database): State<Arc<Database>>, Path(id): Path<Uuid>) -> Result<Json<Row>, StatusCode> {
    let (client, statement) = database.readers.next();
    let row = client.query_one(statement, &[&id]).await.map_err(failed)?;
    let payload = serde_json::from_str(row.get(2)).map_err(failed)?;
    Ok(Json(Row { id: row.get(0), version: row.get(1), payload }))
}

fn failed(_: impl std::error::Error) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}

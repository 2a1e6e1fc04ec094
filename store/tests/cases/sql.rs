//! Plain SQL beside the log.

use crate::support::{Place, id};
use std::sync::Arc;
use sunledger_store::{Db, Dialect, Durability, Param, Row, Statement, StoreError};

const TABLE: &str = "CREATE TABLE t (n bigint PRIMARY KEY, s text)";

fn insert(n: i64) -> Statement {
    Statement {
        sql: "INSERT INTO t (n, s) VALUES ($1, $2)".into(),
        rows: vec![vec![Param::Int(n), Param::Text(format!("s{n}").into())]],
    }
}

async fn count(db: &Db) -> i64 {
    match db.query("SELECT count(*) FROM t", vec![]).await.unwrap().as_slice() {
        [Row(values)] => match values.as_slice() {
            [Param::Int(count)] => *count,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn statements_happen_together_or_not_at_all(place: &Place) {
    let db = place.db("read_1").await;
    db.migrate(&[("t", TABLE)]).await.unwrap();
    let mut several = insert(2);
    several.rows.push(vec![Param::Int(3), Param::Null]);
    assert_eq!(db.transaction(vec![insert(1), several]).await.unwrap(), [1, 2]);
    let error = db.transaction(vec![insert(4), insert(1), insert(5)]).await.unwrap_err();
    assert!(matches!(&error, StoreError::Failed(text) if text.to_lowercase().contains("unique")), "{error}");
    assert_eq!(count(&db).await, 3);
    // Neither does a wrong number of parameters, nor one of a wrong type, leave half of it behind.
    let mut short = insert(6);
    short.rows[0].pop();
    assert!(db.transaction(vec![insert(4), short, insert(5)]).await.is_err());
    let wrong =
        Statement { sql: "UPDATE t SET n = n / $1".into(), rows: vec![vec![Param::IntArray(vec![])]] };
    assert!(db.transaction(vec![insert(4), wrong, insert(5)]).await.is_err());
    assert_eq!(count(&db).await, 3);
    // And the connection goes on.
    let update = Statement { sql: "UPDATE t SET s = $1".into(), rows: vec![vec![Param::Null]] };
    assert_eq!(db.transaction(vec![update, insert(4)]).await.unwrap(), [3, 1]);
    let rows = db.write("DELETE FROM t WHERE n > $1 RETURNING n, s", vec![Param::Int(3)]).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].0, [Param::Int(4), Param::Text("s4".into())]);
    assert_eq!(count(&db).await, 3);
    assert!(db.query("SELECT nothing FROM nowhere", vec![]).await.is_err());
    assert!(db.transaction(vec![]).await.unwrap().is_empty());
}

pub(crate) async fn values_of_every_type_come_back(place: &Place) {
    let db = place.db("read_1").await;
    let (a, text): (_, Arc<str>) = (id(), "ü'\"\n".into());
    let table = match db.dialect() {
        Dialect::Sqlite => "CREATE TABLE v (b INTEGER, i INTEGER, s TEXT, y BLOB, u BLOB)",
        Dialect::Postgres => "CREATE TABLE v (b boolean, i bigint, s text, y bytea, u uuid)",
    };
    db.migrate(&[("v", table)]).await.unwrap();
    let values = [
        Param::Bool(true),
        Param::Int(i64::MIN),
        Param::Text(text),
        Param::Bytes(vec![0, 255, 1]),
        Param::Uuid(a),
    ];
    let insert: Arc<str> = "INSERT INTO v VALUES ($1, $2, $3, $4, $5)".into();
    let rows = vec![values.to_vec(), vec![Param::Null; 5]];
    db.transaction(vec![Statement { sql: insert, rows }]).await.unwrap();
    let mut expected = values.to_vec();
    if db.dialect() == Dialect::Sqlite {
        expected[0] = Param::Int(1);
    }
    let found = db.query("SELECT b, i, s, y, u FROM v WHERE u = $1", vec![Param::Uuid(a)]).await.unwrap();
    assert_eq!(found[0].0, expected);
    let found = db.query("SELECT b, i, s, y, u FROM v WHERE i IS NULL", vec![]).await.unwrap();
    assert_eq!(found[0].0, vec![Param::Null; 5]);
    let found = db.query("SELECT u FROM v WHERE b = $1", vec![Param::Bool(true)]).await.unwrap();
    assert_eq!(found[0].0, [Param::Uuid(a)]);
    if db.dialect() == Dialect::Postgres {
        let arrays = vec![
            Param::UuidArray(vec![a]),
            Param::TextArray(vec![Some("x".into()), None]),
            Param::IntArray(vec![Some(1), None]),
            Param::BoolArray(vec![None, Some(false)]),
        ];
        let sql = "SELECT $1::uuid[], $2::text[], $3::bigint[], $4::boolean[]";
        assert_eq!(db.query(sql, arrays.clone()).await.unwrap()[0].0, arrays);
        // A parameter fits where Postgres wants another type that it can be read as.
        let sql = "SELECT $1::int::bigint, ($2::date + 1)::text, $3::numeric::text";
        let params = vec![Param::Int(7), Param::Text("2024-02-28".into()), Param::Int(5)];
        let expected = [Param::Int(7), Param::Text("2024-02-29".into()), Param::Text("5".into())];
        assert_eq!(db.query(sql, params).await.unwrap()[0].0, expected);
        assert!(db.query("SELECT 1.5::float8", vec![]).await.is_err());
    } else {
        assert!(db.query("SELECT 1.5", vec![]).await.is_err());
    }
}

pub(crate) async fn placeholders_go_by_number(place: &Place) {
    let db = place.db("read_1").await;
    db.migrate(&[("t", TABLE)]).await.unwrap();
    db.transaction((1..=5).map(insert).collect()).await.unwrap();
    let sql = "SELECT s FROM t WHERE n > $2 AND n < $3 AND s <> '$1' ORDER BY n LIMIT $1";
    let rows = db.query(sql, vec![Param::Int(1), Param::Int(2), Param::Int(5)]).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].0, [Param::Text("s3".into())]);
}

pub(crate) async fn migrations_run_once_and_in_order(place: &Place) {
    const SECOND: (&str, &str) = (
        "2",
        "ALTER TABLE t ADD COLUMN more text; CREATE INDEX t_more ON t (more); INSERT INTO t (n) VALUES (1)",
    );
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let settings = place.settings();
            tokio::spawn(async move {
                let db = Db::open(&settings, "webhooks", Durability::Lazy).await.unwrap();
                db.migrate(&[("1", TABLE), SECOND]).await.unwrap();
                db
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(count(&task.await.unwrap()).await, 1);
    }
    let db = place.db("webhooks").await;
    let error = db.migrate(&[("1", TABLE)]).await.unwrap_err().to_string();
    assert!(error.contains("newer program (migration 2)"), "{error}");
    // One that fails leaves nothing of itself.
    let broken = ("3", "CREATE TABLE half (n bigint); CREATE TABLE t (n bigint)");
    let error = db.migrate(&[("1", TABLE), SECOND, broken]).await.unwrap_err().to_string();
    assert!(error.contains("migration 3"), "{error}");
    assert!(db.query("SELECT n FROM half", vec![]).await.is_err());
    db.migrate(&[("1", TABLE), SECOND, ("3", "CREATE TABLE half (n bigint)")]).await.unwrap();
    assert!(db.query("SELECT n FROM half", vec![]).await.unwrap().is_empty());
    for name in ["log", "sunledger", "Read", "a b", "", "x\"", "../x"] {
        assert!(Db::open(&place.settings(), name, Durability::Lazy).await.is_err(), "{name}");
    }
}

pub(crate) async fn many_readers_and_a_writer_at_once(place: &Place) {
    let db = place.db("read_1").await;
    db.migrate(&[("t", TABLE)]).await.unwrap();
    let writer = tokio::spawn({
        let db = db.clone();
        async move {
            for n in 0..100 {
                // Two rows a transaction: nobody may see one of them.
                db.transaction(vec![insert(2 * n), insert(2 * n + 1)]).await.unwrap();
            }
        }
    });
    let readers: Vec<_> = (0..16)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                let mut last = 0;
                while last < 200 {
                    let now = count(&db).await;
                    assert!(now >= last && now % 2 == 0, "{now} after {last}");
                    last = now;
                }
            })
        })
        .collect();
    writer.await.unwrap();
    for reader in readers {
        reader.await.unwrap();
    }
}

pub(crate) async fn a_dropped_schema_is_gone(place: &Place) {
    let (db, reader) = (place.db("read_1").await, place.db("read_1").await);
    db.migrate(&[("t", TABLE)]).await.unwrap();
    db.transaction(vec![insert(1)]).await.unwrap();
    let other = place.db("read_2").await;
    other.migrate(&[("t", TABLE)]).await.unwrap();
    assert_eq!(count(&reader).await, 1);
    Db::drop(&place.settings(), "read_1").await.unwrap();
    Db::drop(&place.settings(), "read_1").await.unwrap();
    Db::drop(&place.settings(), "never_there").await.unwrap();
    // Old handles may fail, and may not crash or see another schema's table.
    if let Ok(rows) = reader.query("SELECT n FROM t", vec![]).await {
        assert_eq!(rows.len(), 1);
    }
    drop((db, reader));
    assert_eq!(count(&other).await, 0);
    // Made again it is empty.
    let again = place.db("read_1").await;
    again.migrate(&[("t", TABLE)]).await.unwrap();
    assert_eq!(count(&again).await, 0);
}

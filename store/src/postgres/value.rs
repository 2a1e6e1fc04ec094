//! Parameters and results of plain SQL.
//!
//! Encoding never fails on this side: the statements of a transaction are sent without waiting, and one that could not
//! be sent would leave a hole in it. What has no binary form for the type that the server wants goes as text, and the
//! server says what is wrong with it.

use crate::StoreError;
use crate::db::{Param, Row};
use std::error::Error;
use std::fmt::Write;
use std::sync::Arc;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{Format, FromSql, IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

type Encoded = Result<IsNull, Box<dyn Error + Sync + Send>>;

/// True where the parameter goes as the server's own form.
fn is_binary(param: &Param, ty: &Type) -> bool {
    match param {
        Param::Null => true,
        Param::Bool(_) => *ty == Type::BOOL,
        Param::Int(value) => match *ty {
            Type::INT8 => true,
            Type::INT4 => i32::try_from(*value).is_ok(),
            Type::INT2 => i16::try_from(*value).is_ok(),
            _ => false,
        },
        Param::Text(_) => is_text(ty),
        Param::Bytes(_) => *ty == Type::BYTEA,
        Param::Uuid(_) => *ty == Type::UUID,
        Param::UuidArray(_) => *ty == Type::UUID_ARRAY,
        Param::TextArray(_) => *ty == Type::TEXT_ARRAY || *ty == Type::VARCHAR_ARRAY,
        Param::IntArray(_) => *ty == Type::INT8_ARRAY,
        Param::BoolArray(_) => *ty == Type::BOOL_ARRAY,
    }
}

fn is_text(ty: &Type) -> bool {
    [Type::TEXT, Type::VARCHAR, Type::BPCHAR, Type::NAME, Type::UNKNOWN].contains(ty)
}

impl ToSql for Param {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Encoded {
        if !is_binary(self, ty) {
            out.extend_from_slice(literal(self).as_bytes());
            return Ok(IsNull::No);
        }
        match self {
            Param::Null => Ok(IsNull::Yes),
            Param::Bool(value) => value.to_sql(ty, out),
            Param::Int(value) => match *ty {
                Type::INT4 => i32::try_from(*value)?.to_sql(ty, out),
                Type::INT2 => i16::try_from(*value)?.to_sql(ty, out),
                _ => value.to_sql(ty, out),
            },
            Param::Text(text) => (&**text).to_sql(ty, out),
            Param::Bytes(bytes) => bytes.to_sql(ty, out),
            Param::Uuid(id) => id.to_sql(ty, out),
            Param::UuidArray(ids) => ids.to_sql(ty, out),
            Param::TextArray(texts) => {
                texts.iter().map(Option::as_deref).collect::<Vec<Option<&str>>>().to_sql(ty, out)
            }
            Param::IntArray(values) => values.to_sql(ty, out),
            Param::BoolArray(values) => values.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, ty: &Type) -> Format {
        if is_binary(self, ty) { Format::Binary } else { Format::Text }
    }

    to_sql_checked!();
}

/// The parameter as Postgres reads it out of a text.
fn literal(param: &Param) -> String {
    match param {
        Param::Null => String::new(),
        Param::Bool(value) => value.to_string(),
        Param::Int(value) => value.to_string(),
        Param::Text(text) => text.to_string(),
        Param::Bytes(bytes) => bytes.iter().fold("\\x".to_owned(), |mut out, byte| {
            let _ = write!(out, "{byte:02x}");
            out
        }),
        Param::Uuid(id) => id.to_string(),
        Param::UuidArray(ids) => array(ids.iter().map(|id| Some(id.to_string()))),
        Param::TextArray(texts) => array(texts.iter().map(|text| text.as_ref().map(ToString::to_string))),
        Param::IntArray(values) => array(values.iter().map(|value| value.map(|value| value.to_string()))),
        Param::BoolArray(values) => array(values.iter().map(|value| value.map(|value| value.to_string()))),
    }
}

fn array(elements: impl Iterator<Item = Option<String>>) -> String {
    let elements = elements.map(|element| match element {
        None => "NULL".to_owned(),
        Some(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    });
    format!("{{{}}}", elements.collect::<Vec<_>>().join(","))
}

/// A row of a result.
pub(super) fn row(row: &tokio_postgres::Row) -> Result<Row, StoreError> {
    let columns = row.columns().iter().enumerate();
    columns.map(|(index, column)| value(row, index, column.type_())).collect::<Result<_, _>>().map(Row)
}

fn value(row: &tokio_postgres::Row, index: usize, ty: &Type) -> Result<Param, StoreError> {
    let param = match *ty {
        Type::BOOL => get::<bool>(row, index)?.map(Param::Bool),
        Type::INT8 => get::<i64>(row, index)?.map(Param::Int),
        Type::INT4 => get::<i32>(row, index)?.map(|value| Param::Int(value.into())),
        Type::INT2 => get::<i16>(row, index)?.map(|value| Param::Int(value.into())),
        Type::BYTEA => get::<Vec<u8>>(row, index)?.map(Param::Bytes),
        Type::UUID => get::<Uuid>(row, index)?.map(Param::Uuid),
        Type::UUID_ARRAY => get(row, index)?.map(Param::UuidArray),
        Type::INT8_ARRAY => get(row, index)?.map(Param::IntArray),
        Type::BOOL_ARRAY => get(row, index)?.map(Param::BoolArray),
        Type::TEXT_ARRAY | Type::VARCHAR_ARRAY => get::<Vec<Option<&str>>>(row, index)?
            .map(|texts| Param::TextArray(texts.into_iter().map(|text| text.map(Arc::from)).collect())),
        _ if is_text(ty) => get::<&str>(row, index)?.map(|text| Param::Text(text.into())),
        // What a function without a result gives.
        Type::VOID => None,
        _ => return Err(StoreError::Failed(format!("a result of type {ty}: cast it to one that is known"))),
    };
    Ok(param.unwrap_or(Param::Null))
}

fn get<'r, T: FromSql<'r>>(row: &'r tokio_postgres::Row, index: usize) -> Result<Option<T>, StoreError> {
    row.try_get(index).map_err(|error| StoreError::Failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_goes_as_text() {
        let big = Param::Int(i64::from(i32::MAX) + 1);
        assert!(is_binary(&big, &Type::INT8) && !is_binary(&big, &Type::INT4));
        for param in [big, Param::Text("a\"\\".into()), Param::Bytes(vec![1, 255])] {
            let mut out = BytesMut::new();
            assert!(param.to_sql_checked(&Type::DATE, &mut out).is_ok());
            assert!(!out.is_empty());
        }
        assert_eq!(literal(&Param::Bytes(vec![1, 255])), "\\x01ff");
        let texts = Param::TextArray(vec![Some("a\"\\,".into()), None]);
        assert_eq!(literal(&texts), r#"{"a\"\\,",NULL}"#);
    }
}

//! How an installation is printed.

use super::installation_body::printed;
use crate::wire::Instant;
use serde::Serialize;
use serde_json::{Map, Value};
use sunledger_domain::installation::Installation;
use utoipa::ToSchema;
use uuid::Uuid;

/// An installation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = crm::Installation)]
pub(super) struct InstallationView {
    /// Its id.
    id: Uuid,
    /// The project that it is part of.
    project_id: Uuid,
    /// The project's client.
    client_id: Uuid,
    /// `scheduled`, `in_progress`, `completed` or `maintenance`.
    #[schema(example = "completed")]
    status: &'static str,
    /// Its panels, as they were sent.
    #[schema(value_type = Vec<Object>, example = json!([{"model": "JA 550W", "power": 0.55}]))]
    panels: Vec<Map<String, Value>>,
    /// Its inverter, as it was sent.
    #[schema(value_type = Option<Object>, example = json!({"model": "SG5.0RS", "power": 5}))]
    inverter: Option<Map<String, Value>>,
    /// When it was made.
    created_at: Instant,
    /// When it last changed.
    updated_at: Instant,
}

impl InstallationView {
    /// An installation, printed.
    pub(super) fn new(id: Uuid, installation: &Installation) -> Self {
        Self {
            id,
            project_id: installation.project_id,
            client_id: installation.client_id,
            status: installation.status.as_str(),
            panels: installation.panels.iter().map(printed).collect(),
            inverter: installation.inverter.as_ref().map(printed),
            created_at: Instant(installation.created_at),
            updated_at: Instant(installation.updated_at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{CLIENT, PLANT, UNIT, at};
    use serde_json::json;
    use sunledger_domain::installation::{Details, InstallationStatus};

    #[test]
    fn an_installation_prints_what_was_sent() {
        let details = |value: Value| Details::new(value.as_object().cloned().unwrap()).unwrap();
        let mut installation = Installation {
            project_id: PLANT,
            client_id: CLIENT,
            status: InstallationStatus::Maintenance,
            panels: vec![details(json!({"model": "JA 550W"}))],
            inverter: Some(details(json!({"model": "SG5.0RS"}))),
            created_at: at("2026-03-02T12:00:00Z"),
            updated_at: at("2026-03-02T12:30:00Z"),
            ..Installation::default()
        };
        let print = |installation: &Installation| {
            serde_json::to_value(InstallationView::new(UNIT, installation)).unwrap()
        };
        assert_eq!(
            print(&installation),
            json!({
                "id": UNIT, "projectId": PLANT, "clientId": CLIENT, "status": "maintenance",
                "panels": [{"model": "JA 550W"}], "inverter": {"model": "SG5.0RS"},
                "createdAt": "2026-03-02T12:00:00.000Z", "updatedAt": "2026-03-02T12:30:00.000Z",
            })
        );
        (installation.panels, installation.inverter) = (Vec::new(), None);
        let bare = print(&installation);
        assert_eq!((&bare["panels"], &bare["inverter"]), (&json!([]), &json!(null)));
    }
}

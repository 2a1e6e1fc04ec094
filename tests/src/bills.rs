//! The shortest way to energy invoices: the energy document's own bill, handed in for a consumer unit.

use crate::books::{document, shown};
use crate::client::Api;
use serde_json::{Value, json};

/// A utility's line of digits, with right check digits.
pub const BOLETO: &str = "846700000017435900240209024050002435842210108119";

/// The bill behind the first row of the document's report, for any month. With the unit of
/// [`unit_body`](crate::energy::unit_body) it comes to R$ 1043.707628928.
#[must_use]
pub fn utility_bill(month: &str) -> Value {
    let mut body = document(
        r#"{"dataLeituraAnterior": "2024-02-02", "dataLeituraAtual": "2024-03-06", "dataLeituraFutura": "2024-04-05",
            "dataEmissaoConcessionaria": "2024-03-06", "dataVencimentoConcessionaria": "2024-03-22",
            "dataVencimento": "2199-03-22", "dataEmissaoSunne": "2024-03-14",
            "consumoTotalMes": 1496, "creditosCompensados": 1342.27, "creditoSolarSaldoTotal": 3188.97,
            "totalEncargos": 1627.58, "tarifakWh": 0.95863974, "tarifakWhCompensavel": 0.93455196}"#,
    );
    body["competencia"] = json!(month);
    body["dealershipBoleto"] = json!(BOLETO);
    body
}

impl Api {
    /// Hands the sample's bill in for a month of a unit and returns the energy invoice.
    pub async fn billed(&self, unit: &str, month: &str) -> Value {
        self.post(&format!("/energy/consumer-units/{unit}/bills"), utility_bill(month)).await.json(201)
    }

    /// Makes a discount on a unit's month, of so many centavos, and returns its id.
    pub async fn discount(&self, unit: &str, month: &str, centavos: u64, cumulative: bool) -> String {
        let body = json!({"consumerUnitId": unit, "value": centavos, "cumulative": cumulative, "realDiscount": true,
                          "description": "Desconto", "competence": month});
        shown(&self.post("/energy/discounts", body).await.json(200)["id"])
    }
}

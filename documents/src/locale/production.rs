//! The words of a report of energy production, by language.

use super::{Language, Locale};

/// The words in one language.
pub(crate) struct ProductionLabels {
    pub(crate) title: &'static str,
    pub(crate) issuer: &'static str,
    pub(crate) client: &'static str,
    pub(crate) installation: &'static str,
    pub(crate) project: &'static str,
    pub(crate) total: &'static str,
    pub(crate) average: &'static str,
    pub(crate) best_day: &'static str,
    pub(crate) days: &'static str,
    /// Above the chart.
    pub(crate) daily: &'static str,
    /// Above the months and their days.
    pub(crate) by_month: &'static str,
    /// Where nothing was produced.
    pub(crate) nothing: &'static str,
}

impl Locale {
    /// The words of a report of energy production.
    pub(crate) fn production(&self) -> &'static ProductionLabels {
        match self.language {
            Language::English => &ENGLISH,
            Language::Portuguese => &PORTUGUESE,
            Language::Spanish => &SPANISH,
            Language::German => &GERMAN,
            Language::French => &FRENCH,
        }
    }
}

const ENGLISH: ProductionLabels = ProductionLabels {
    title: "Energy production",
    issuer: "Issued by",
    client: "Client",
    installation: "Installation",
    project: "Project",
    total: "Total energy produced",
    average: "Daily average",
    best_day: "Best day",
    days: "Days with readings",
    daily: "Production by day",
    by_month: "Production by month",
    nothing: "No production was recorded in this period.",
};

const PORTUGUESE: ProductionLabels = ProductionLabels {
    title: "Geração de energia",
    issuer: "Emitente",
    client: "Cliente",
    installation: "Instalação",
    project: "Projeto",
    total: "Energia gerada no período",
    average: "Média diária",
    best_day: "Melhor dia",
    days: "Dias com leitura",
    daily: "Geração por dia",
    by_month: "Geração por mês",
    nothing: "Nenhuma geração foi registrada no período.",
};

const SPANISH: ProductionLabels = ProductionLabels {
    title: "Producción de energía",
    issuer: "Emisor",
    client: "Cliente",
    installation: "Instalación",
    project: "Proyecto",
    total: "Energía producida en total",
    average: "Media diaria",
    best_day: "Mejor día",
    days: "Días con lecturas",
    daily: "Producción por día",
    by_month: "Producción por mes",
    nothing: "No se registró producción en este período.",
};

const GERMAN: ProductionLabels = ProductionLabels {
    title: "Energieerzeugung",
    issuer: "Aussteller",
    client: "Kunde",
    installation: "Anlage",
    project: "Projekt",
    total: "Erzeugte Energie insgesamt",
    average: "Tagesdurchschnitt",
    best_day: "Bester Tag",
    days: "Tage mit Messwerten",
    daily: "Erzeugung nach Tagen",
    by_month: "Erzeugung nach Monaten",
    nothing: "In diesem Zeitraum wurde keine Erzeugung erfasst.",
};

const FRENCH: ProductionLabels = ProductionLabels {
    title: "Production d’énergie",
    issuer: "Émetteur",
    client: "Client",
    installation: "Installation",
    project: "Projet",
    total: "Énergie produite au total",
    average: "Moyenne par jour",
    best_day: "Meilleur jour",
    days: "Jours avec relevés",
    daily: "Production par jour",
    by_month: "Production par mois",
    nothing: "Aucune production n’a été enregistrée sur cette période.",
};

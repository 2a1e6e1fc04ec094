//! The resources of a tenant: where each is, what it is called, and which days its lists can be narrowed to. What its
//! bodies say, how it is printed and what its lists are filtered by comes from the description of its kind.

use sunledger_domain::overrides::OVERRIDE;
use sunledger_domain::paystub::PAYSTUB;
use sunledger_domain::record::{
    OVERRIDE_DETAIL, PAYSTUB_OVERVIEW, PROJECT_OVERVIEW, RecordKind, SALES_PROJECT, SALES_USER, SCPF, TEAM,
};

/// A resource.
#[derive(Debug)]
pub(super) struct Resource {
    /// Its fields.
    pub(super) kind: &'static RecordKind,
    /// The path of its list.
    pub(super) path: &'static str,
    /// The parameter that stands for one of them, in the path after that.
    pub(super) id: &'static str,
    /// Other names of the kind, in an import.
    pub(super) also: &'static [&'static str],
    /// The field that `startDate` and `endDate` of its lists are about.
    pub(super) days: Option<&'static str>,
    /// What the document calls it.
    pub(super) words: Words,
}

/// How the document speaks of a resource.
#[derive(Debug)]
pub(super) struct Words {
    /// One of them.
    pub(super) one: &'static str,
    /// Several.
    pub(super) many: &'static str,
    /// They were listed.
    pub(super) listed: &'static str,
    /// One was found.
    pub(super) found: &'static str,
    /// One was made.
    pub(super) created: &'static str,
    /// One was changed.
    pub(super) updated: &'static str,
    /// One was deleted.
    pub(super) deleted: &'static str,
}

macro_rules! words {
    ($one:literal, $many:literal) => {
        Words {
            one: $one,
            many: $many,
            listed: concat!($many, " retrieved successfully"),
            found: concat!($one, " retrieved successfully"),
            created: concat!($one, " created successfully"),
            updated: concat!($one, " updated successfully"),
            deleted: concat!($one, " deleted successfully"),
        }
    };
}

impl Resource {
    /// The path of one of them.
    pub(super) fn item_path(&self) -> String {
        format!("{}/{{{}}}", self.path, self.id)
    }

    /// The name of its schema.
    pub(super) fn schema(&self) -> String {
        let mut name = String::new();
        for word in self.words.one.split(' ') {
            let mut letters = word.chars();
            name.extend(letters.next().into_iter().flat_map(char::to_uppercase));
            name.push_str(letters.as_str());
        }
        name
    }

    /// Whether an import means this resource.
    pub(super) fn is_called(&self, name: &str) -> bool {
        let segment = self.path.rsplit('/').next();
        self.kind.name == name || segment == Some(name) || self.also.contains(&name)
    }
}

/// Every resource.
pub(super) static ALL: [&Resource; 9] = [
    &TEAMS,
    &USERS,
    &PROJECTS,
    &PROJECT_OVERVIEWS,
    &PAYSTUBS,
    &PAYSTUB_OVERVIEWS,
    &SCPFS,
    &OVERRIDES,
    &OVERRIDE_DETAILS,
];

pub(super) static TEAMS: Resource = Resource {
    kind: &TEAM,
    path: "/api/v1/tenants/{tenantId}/teams",
    id: "teamId",
    also: &[],
    days: None,
    words: words!("Team", "Teams"),
};

pub(super) static USERS: Resource = Resource {
    kind: &SALES_USER,
    path: "/api/v1/tenants/{tenantId}/users",
    id: "userId",
    also: &["user"],
    days: None,
    words: words!("User", "Users"),
};

pub(super) static PROJECTS: Resource = Resource {
    kind: &SALES_PROJECT,
    path: "/api/v1/tenants/{tenantId}/projects",
    id: "projectId",
    also: &["project"],
    days: None,
    words: words!("Project", "Projects"),
};

pub(super) static PROJECT_OVERVIEWS: Resource = Resource {
    kind: &PROJECT_OVERVIEW,
    path: "/api/v1/tenants/{tenantId}/project-overviews",
    id: "overviewId",
    also: &[],
    days: None,
    words: words!("Project overview", "Project overviews"),
};

pub(super) static PAYSTUBS: Resource = Resource {
    kind: &PAYSTUB,
    path: "/api/v1/tenants/{tenantId}/paystubs",
    id: "paystubId",
    also: &[],
    days: Some("pay_date"),
    words: words!("Paystub", "Paystubs"),
};

pub(super) static PAYSTUB_OVERVIEWS: Resource = Resource {
    kind: &PAYSTUB_OVERVIEW,
    path: "/api/v1/tenants/{tenantId}/paystub-overview",
    id: "overviewId",
    also: &["paystub-overviews"],
    days: None,
    words: words!("Paystub overview", "Paystub overviews"),
};

pub(super) static SCPFS: Resource = Resource {
    kind: &SCPF,
    path: "/api/v1/tenants/{tenantId}/scpfs",
    id: "scpfId",
    also: &[],
    days: None,
    words: words!("SCPF", "SCPFs"),
};

pub(super) static OVERRIDES: Resource = Resource {
    kind: &OVERRIDE,
    path: "/api/v1/tenants/{tenantId}/users/{managerId}/overrides",
    id: "overrideId",
    also: &[],
    days: Some("date_paid"),
    words: words!("Override", "Overrides"),
};

pub(super) static OVERRIDE_DETAILS: Resource = Resource {
    kind: &OVERRIDE_DETAIL,
    path: "/api/v1/tenants/{tenantId}/users/{managerId}/overrides/{overrideId}/details",
    id: "detailId",
    also: &["override-details"],
    days: None,
    words: words!("Override detail", "Override details"),
};

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn each_has_a_place_and_names_of_its_own() {
        let mut places = HashSet::new();
        let mut names = HashSet::new();
        for resource in ALL {
            assert!(places.insert(resource.path) && places.insert(resource.item_path().leak()));
            assert!(names.insert(resource.schema()));
            assert_eq!(ALL.iter().filter(|other| other.is_called(resource.kind.name)).count(), 1);
            for also in resource.also {
                assert_eq!(ALL.iter().filter(|other| other.is_called(also)).count(), 1, "{also}");
            }
            if let Some(field) = resource.days {
                assert!(resource.kind.field(field).is_some());
            }
        }
        assert_eq!(PROJECT_OVERVIEWS.schema(), "ProjectOverview");
        assert_eq!(SCPFS.words.created, "SCPF created successfully");
        assert!(PAYSTUB_OVERVIEWS.is_called("paystub-overview"));
    }
}

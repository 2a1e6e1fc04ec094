"""Makes one of everything, a few times over, so that what asks for something by its number finds it.

Numbers count per kind from 1, and where an id can be chosen (commissions) it is chosen as that number: things that
belong together are then round `n` of each. Prints what a shell has to know of the tokens."""

import json
import os
import urllib.request

URL, KEY = os.environ["SUNLEDGER_URL"], os.environ["SUNLEDGER_KEY"]
EMAIL, PASSWORD = os.environ["SUNLEDGER_EMAIL"], os.environ["SUNLEDGER_PASSWORD"]
ROUNDS = 8
SALES = "/api/v1/tenants/default"


def post(path, body, key=KEY):
    request = urllib.request.Request(URL + path, json.dumps(body).encode(), method="POST")
    request.add_header("Authorization", f"Bearer {key}")
    request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise SystemExit(f"{path}: {error.code} {error.read().decode()}") from error


def a_round(n):
    name = f"Client {n}"
    address = {"street": "Rua A", "number": "7", "city": "Campinas", "state": "SP", "zip": "13010-000"}
    client = {"name": name, "email": f"client{n}@example.com", "phone": "+1-555-0100", "address": address}
    post("/v1/clients", client | {"status": "active"})
    project = {"clientId": str(n), "name": f"Roof {n}", "systemSize": 12.5, "estimatedCost": 45000}
    project = post("/v1/projects", project)["data"]["id"]
    installation = {"projectId": project, "status": "completed", "panels": [{"model": "JA 550W"}]}
    installation = post("/v1/installations", installation)["data"]["id"]
    readings = [{"at": f"2024-01-{day:02}T12:00:00Z", "energyKwh": 30 + day} for day in range(1, 21)]
    post(f"/v1/installations/{installation}/readings", {"readings": readings})

    lines = [{"description": "Panel", "quantity": 10, "unitPrice": 425.50, "taxRate": 10}]
    for due in ["2024-02-01", "2199-02-01"]:
        invoice = {"clientId": str(n), "dueDate": due, "issueDate": "2024-01-01", "lineItems": lines}
        invoice = post("/api/v1/invoices", invoice)["data"]["id"]
        post(f"/api/v1/invoices/{invoice}/send", {})
    post(f"/api/v1/invoices/{invoice}/payments", {"amount": 1000, "method": "pix"})

    post("/energy/power-plants", {"name": f"Plant {n}"})
    unit = {"accountNumber": str(1000 + n), "address": {}, "clientCode": str(n), "cpfCnpj": "11.222.333/0001-81",
            "discountRate": 0.2, "instalationType": "TRIFASICO", "name": f"Unit {n}", "powerPlantCode": str(n),
            "percentage": 0.5, "payDealershipBill": False}
    post("/energy/consumer-units", unit)
    post(f"/energy/power-plants/{n}/generations", {"competence": "02/2024", "energyKwh": 10000})
    discount = {"consumerUnitId": str(n), "value": 1000, "cumulative": True, "realDiscount": True,
                "description": "Welcome", "competence": "03/2024"}
    post("/energy/discounts", discount)
    bill = {"competencia": "03/2024", "dataLeituraAnterior": "2024-02-02", "dataLeituraAtual": "2024-03-06",
            "dataLeituraFutura": "2024-04-05", "dataEmissaoConcessionaria": "2024-03-06",
            "dataVencimentoConcessionaria": "2024-03-22", "dataVencimento": "2199-03-22", "consumoTotalMes": 1496,
            "creditosCompensados": 1342.27, "creditoSolarSaldoTotal": 3188.97, "totalEncargos": 1627.58,
            "tarifakWh": 0.95863974, "tarifakWhCompensavel": 0.93455196}
    post(f"/energy/consumer-units/{n}/bills", bill)

    items = [{"description": "Service", "amount": 1500.00}]
    post("/api/v2/products", {"name": "Hosting", "type": "service", "price": 99.99, "tax_rate": 10})
    post("/api/v2/quotes", {"customer_id": n, "items": items, "valid_until": "2199-02-15"})
    ticket = {"customer_id": n, "department_id": 1, "subject": "Help", "message": "It is dark", "priority": "High"}
    post("/api/v2/tickets", ticket)
    post(f"/api/v2/tickets/{n}/replies", {"message": "We are on our way"})
    post("/api/v2/leads", {"first_name": "Ana", "last_name": "Lima", "email": f"lead{n}@example.com"})
    money = {"type": "Income", "amount": 150, "date": "2024-01-15", "account_id": 1, "category_id": 1}
    post("/api/v2/transactions", money)
    user = {"name": "Bia", "email": f"bia{n}@example.com", "password": "correct horse 9", "role": "administrator"}
    post("/api/v2/users", user)
    post("/keys", {"name": "Web shop", "scopes": ["invoicing:read"]})
    post("/webhooks", {"url": "http://127.0.0.1:9/", "events": ["*"]})
    post(f"/webhooks/{n}/test", {})

    tenant, scpf, stub, me = {"tenant_id": "default"}, f"scpf-{n}", f"stub-{n}", f"{n}"
    day, dollars = "2025-01-15", 1500.00
    post(f"{SALES}/teams", tenant | {"id": me, "name": "Alpha", "is_active": True, "team_type": "Office"})
    person = {"email": f"sales{n}@example.com", "first_name": "Jane", "last_name": "Smith", "roles": ["user"]}
    post(f"{SALES}/users", person | {"id": me})
    project = {"id": me, "address": "1 Main St", "closed_date": day, "closer": "John Smith", "customer_name": name,
               "email": "c@example.com", "lead_token": "ABC123", "phone": "+12345678909", "state": "CA",
               "project_status": "M3 Paid", "project_type": "Solar Only", "self_gen": "No", "rep_ids": [me]}
    post(f"{SALES}/projects", tenant | project)
    post(f"{SALES}/project-overviews", {"id": me, "project_id": me, "sales_professional_id": me})
    line = {"customer_name": name, "pay_type": "M2 & M3", "related_scpf_id": me, "sales_professional_id": me,
            "total_this_period": dollars}
    sheet = {"pay_date": day, "sales_professional_id": me, "total_this_period": dollars}
    post(f"{SALES}/paystubs", tenant | sheet | {"id": me, "scpfs": {"1": line}})
    post(f"{SALES}/paystub-overview", tenant | sheet | {"id": me})
    scpf = {"id": me, "closed_date": day, "closer": "John Smith", "closer_id": me, "customer_name": name,
            "install": day, "lead_name": "Fair", "lead_rep_id": me, "pay_type": "M2 & M3", "paystubId": stub,
            "sales_professional_id": me, "scpf_id": scpf, "total_this_period": dollars}
    post(f"{SALES}/scpfs", tenant | scpf)
    override = {"id": me, "amount": dollars, "customer_name": name, "date_paid": day, "manager_id": me, "rep_id": me,
                "rep_name": "Jane Doe"}
    post(f"{SALES}/users/{n}/overrides", override)
    detail = {"id": me, "closed_date": day, "closer": "John Smith", "customer_name": name, "date_paid": day,
              "total_this_period": dollars}
    post(f"{SALES}/users/{n}/overrides/{n}/details", detail)


for n in range(1, ROUNDS + 1):
    a_round(n)
# The routes of tokens take one of their own: an API user's makes sessions, a session's is renewed, and another ended.
who = {"email": EMAIL, "password": PASSWORD, "tenantId": "default"}
user = post("/api/v1/auth/api-token", who)["data"]["customToken"]
session, ended = (post("/api/v1/auth/session-token", {}, key=user)["data"]["customToken"] for _ in range(2))
print(f"export SUNLEDGER_USER={user} SUNLEDGER_SESSION={session} SUNLEDGER_ENDED={ended}")

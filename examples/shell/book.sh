#!/bin/sh
# Books an appointment with curl, in a tenant of its own: bookings-emulator exec -- sh examples/shell/book.sh
set -eu
emulator=${BOOKINGS_EMULATOR_URL:-http://localhost:8365}
tenant=$emulator/tenants/shell-$$
json='Content-Type: application/json'
application='Authorization: Bearer application' # an application meets the business rules
home=$tenant/v1.0/solutions/bookingBusinesses/ContosoDental@contoso.onmicrosoft.com

appointment() { # a Monday, 10:00 to 10:30
  cat <<JSON
{ "serviceId": "20000000-0000-4000-8000-000000000001",
  "staffMemberIds": ["10000000-0000-4000-8000-000000000001"],
  "startDateTime": {"dateTime": "2026-01-12T10:00:00", "timeZone": "Pacific Standard Time"},
  "endDateTime": {"dateTime": "2026-01-12T10:30:00", "timeZone": "Pacific Standard Time"},
  "customers": [{ "@odata.type": "#microsoft.graph.bookingCustomerInformation",
                  "name": "Adele Vance", "emailAddress": "adelev@contoso.com" }] }
JSON
}

curl -sS --fail -o /dev/null -H "$json" -d "{\"name\": \"shell-$$\", \"now\": \"2026-01-05T08:00:00Z\"}" \
  "$emulator/_emulator/tenants"
trap 'curl -sS -o /dev/null -X DELETE "$emulator/_emulator/tenants/shell-$$"' EXIT

status=$(appointment | curl -sS -o /dev/null -w '%{http_code}' -H "$application" -H "$json" -d @- "$home/appointments")
echo "first: $status"
[ "$status" = 201 ]

headers=$(appointment | curl -sS -o /dev/null -D - -H "$application" -H "$json" -d @- "$home/appointments")
echo "again: $(echo "$headers" | sed -n 's/^x-emulator-reason: //p')"
echo "$headers" | grep -q 'double booking'

curl -sS --fail "$tenant/_emulator/outbox?kind=confirmation&to=adelev@contoso.com" | grep -q '"subject"'
echo "Adele Vance has been told"

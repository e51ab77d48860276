#!/bin/sh
# Creates an asset and reads it back, with curl.
# API_URL is such as https://api.dev.example.com:30443. CURL_CA_BUNDLE names the file with the gateway's root.
set -eu
assets="$API_URL/v1/channels/main/chaincodes/asset-transfer"
call() {
  curl --silent --show-error --fail-with-body --header "Authorization: Bearer $API_TOKEN" \
    --header "Content-Type: application/json" --header "Idempotency-Key: create $2" \
    --data "$1" "$assets/$3"
}
call "{\"function\":\"CreateAsset\",\"arguments\":[\"$1\",\"alice\"]}" "$1" submit
echo
call "{\"function\":\"ReadAsset\",\"arguments\":[\"$1\"]}" "$1" evaluate

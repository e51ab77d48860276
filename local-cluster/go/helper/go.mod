module baas.local/helper

go 1.24.0

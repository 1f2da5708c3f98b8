module github.com/rulevet/rulevet/internal/oracle

go 1.25.0

replace github.com/rulevet/rulevet => ../..

require github.com/rulevet/rulevet v0.0.0-00010101000000-000000000000

require (
	github.com/klauspost/compress v1.18.2 // indirect
	github.com/pelletier/go-toml/v2 v2.4.3 // indirect
	go.yaml.in/yaml/v3 v3.0.4 // indirect
	golang.org/x/sys v0.39.0 // indirect
)

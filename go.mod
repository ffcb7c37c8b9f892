module github.com/wazedge/wazedge

go 1.26.0

package check

import (
	"strings"
)

// Values of the elastic preset, from elastic/detection-rules at commit 14cf530f. A configuration replaces any of them.

// elasticTags is the tag vocabulary: a prefix, then its values. A lone * allows any.
const elasticTags = `
Data Source: APM, AWS, AWS Bedrock Invocation Logs, AWS VPC Flow Logs, Active Directory, Active Directory Logs,
Amazon Web Services, Auditd Manager, Azure, Azure Activity Logs, Azure OpenAI Logs, Azure Platform Logs,
Check Point Harmony Email Logs, CrowdStrike Falcon Logs, CyberArk PAS, Elastic APM Logs, Elastic Defend,
Elastic Defend for Containers, Elastic Endgame, Entra ID Audit Logs, Entra ID Protection Logs,
File Integrity Monitoring, Fortinet FortiGate Logs, GCP, GCP Audit Logs, GitHub Audit Logs,
GitHub Code Scanning Logs, Google Cloud Platform, Google SecOps Forwarded Events, Google Workspace,
Google Workspace Audit Logs, Jamf Protect Event Logs, Kubernetes, Kubernetes API Server Audit Logs,
Linux Auditd Logs, Linux Sysmon Logs, M365 Audit Logs, Microsoft 365, Microsoft Defender for Cloud Alerts,
Microsoft Defender for Endpoint Logs, Microsoft Defender for Identity Alerts,
Microsoft Defender for Office 365 Logs, Microsoft Exchange Online Logs, Microsoft Graph Activity Logs,
Microsoft Purview Logs, Microsoft Sentinel Forwarded Events, Network Packet Capture, Okta, Okta System Logs,
PAN-OS Logs, PowerShell Logs, Rapid7 Threat Command Feeds, SentinelOne Logs, SonicWall Firewall Logs,
Splunk Forwarded Events, Suricata Logs, Sysmon Only, Windows Security Event Logs, Windows Sysmon Logs,
Windows System Event Logs, Wiz Findings, Zoom, Zoom Webhook Events
Domain: Cloud, Container, Containers, Email, Endpoint, GenAI, Identity, Network, OT/IoT, SaaS
Mitre Atlas: *
OS: Linux, Windows, macOS
Platform: AWS, Azure, Elastic, Entra ID, FortiGate, GCP, GitHub, Google Workspace, Kubernetes, Linux, Microsoft 365,
Okta, Windows, Wiz, macOS
Profile: Aggressive, Beta, Recommended
Promotion: External Alerts
Resources: Investigation Guide, LLM, OS Query, Workflow
Rule Type: BBR, Custom Query (KQL), ESQL, Event Correlation (EQL), Higher-Order, Higher-Order Rule, Indicator Match, ML,
Machine Learning, New Terms, Threshold, Threat Match
Service: AWS Bedrock, AWS CloudFormation, AWS DynamoDB, AWS EC2, AWS GuardDuty, AWS IAM, AWS KMS, AWS Lambda, AWS RDS,
AWS Route 53, AWS S3, AWS SES, AWS SNS, AWS SQS, AWS SSM, AWS STS, AWS Secrets Manager, AWS WAF,
Apache HTTP Server, Apache Tomcat, Azure Event Hubs, Azure Functions, Azure Key Vault, Azure OpenAI,
Azure Storage, GCP BigQuery, GCP Cloud Functions, GCP Cloud Storage, GCP Compute Engine, GitHub Actions,
GitHub Code Scanning, IIS, Microsoft Exchange Online, Microsoft OneDrive, Microsoft Purview,
Microsoft SharePoint, Microsoft Teams, Nginx
Tactic: Collection, Command and Control, Credential Access, Defense Evasion, Defense Impairment, Discovery,
Execution, Exfiltration, Impact, Initial Access, Lateral Movement, Persistence, Privilege Escalation,
Reconnaissance, Resource Development, Stealth
Threat: BPFDoor, Cobalt Strike, Lightning Framework, Log4Shell, Orbit, React2Shell, Rootkit, SolarWinds, TripleCross
Use Case: Active Directory Monitoring, Asset Visibility, Configuration Audit, Guided Onboarding,
Identity and Access Audit, Log Auditing, Network Security Monitoring, Threat Detection, UEBA, Vulnerability
Vuln: CVE-2021-44228
`

// elasticVocabulary returns the values that hold where the configuration says nothing.
func elasticVocabulary() *Vocabulary {
	v := &Vocabulary{
		Authors:      []string{"Elastic"},
		OwnLicenses:  []OwnLicense{{Name: "Elastic License v2", Contains: "elastic license"}},
		Tags:         parseTags(elasticTags),
		RequiredTags: elasticRequiredTags(),
		Timelines:    elasticTimelines(),
		MLPackages:   []string{"lmd", "dga", "ded", "problemchild", "beaconing", "pad"},
		ExemptIDs: []string{
			"eb079c62-4481-4d6e-9643-3ca499df7aaa",
			"699e9fdb-b77c-4c01-995c-1c15019b9c43",
			"0c9a14d9-d65d-486f-9b5b-91e4e6b22bd0",
			"a198fbbd-9413-45ec-a269-47ae4ccf59ce",
			"0c41e478-5263-4c69-8f9e-7dfd2c22da64",
			"aab184d3-72b3-4639-b242-6597c99d8bca",
			"a61809f3-fb5b-465c-8bff-23a8a068ac60",
			"f3e22c8b-ea47-45d1-b502-b57b6de950b3",
			"fcf18de8-ad7d-4d01-b3f7-a11d5b3883af",
		},
		LegacyIDs:      []string{"7eb54028-ca72-4eb7-8185-b6864572347db"},
		Protected:      map[string]string{"9a1a2dae-0b5f-4c3d-8305-a268d404c306": "Endpoint Security (Elastic Defend)"},
		MaxSignals:     1000,
		MaxSignalsNote: "https://www.elastic.co/guide/en/security/current/alerts-ui-monitor.html#troubleshoot-max-alerts",
		LateIndexes:    []string{"logs-endpoint.events.*"},
		Streamless: []string{"apm", "auditd_manager", "cloud_defend", "corelight", "endpoint", "jamf_protect", "network_traffic",
			"pfsense", "system", "windows", "sentinel_one_cloud_funnel", "ti_rapid7_threat_command", "m365_defender", "panw", "crowdstrike"},
		KindTags:          elasticKindTags(),
		FolderTags:        map[string][]string{"linux": {"OS: Linux"}, "macos": {"OS: macOS"}, "windows": {"OS: Windows"}},
		TimestampOverride: "event.ingested",
		BuildingBlocks:    "rules_building_block",
		Deprecated:        "_deprecated",
	}
	v.TagPrefixes = tagPrefixes(v.Tags)
	return v
}

// elasticKindTags are the tags of kinds of rules and, by rule type, of the taxonomy.
func elasticKindTags() map[string][]string {
	return map[string][]string{
		"building_block":      {"Rule Type: BBR"},
		"investigation_guide": {"Resources: Investigation Guide"},
		"completion":          {"Resources: LLM"},
		"esql":                {"Rule Type: ESQL"},
		"query":               {"Rule Type: Custom Query (KQL)"},
		"eql":                 {"Rule Type: Event Correlation (EQL)"},
		"threat_match":        {"Rule Type: Indicator Match"},
		"threshold":           {"Rule Type: Threshold"},
		"new_terms":           {"Rule Type: New Terms"},
		"machine_learning":    {"Rule Type: Machine Learning", "Rule Type: ML"},
	}
}

// elasticRequiredTags are the tags that a rule on an index pattern must have.
func elasticRequiredTags() map[string][]string {
	return map[string][]string{
		"logs-endpoint.events.*":            {"Domain: Endpoint", "Data Source: Elastic Defend"},
		"endgame-*":                         {"Data Source: Elastic Endgame"},
		"logs-aws*":                         {"Data Source: AWS", "Data Source: Amazon Web Services", "Domain: Cloud"},
		"logs-azure*":                       {"Data Source: Azure", "Domain: Cloud"},
		"logs-o365*":                        {"Data Source: Microsoft 365", "Domain: Cloud"},
		"logs-okta*":                        {"Data Source: Okta"},
		"logs-gcp*":                         {"Data Source: Google Cloud Platform", "Data Source: GCP", "Domain: Cloud"},
		"logs-google_workspace*":            {"Data Source: Google Workspace", "Domain: Cloud"},
		"logs-cloud_defend.alerts-*":        {"Data Source: Elastic Defend for Containers", "Domain: Container"},
		"logs-cloud_defend*":                {"Data Source: Elastic Defend for Containers", "Domain: Container"},
		"logs-kubernetes.*":                 {"Data Source: Kubernetes"},
		"apm-*-transaction*":                {"Data Source: APM"},
		"traces-apm*":                       {"Data Source: APM"},
		".alerts-security.*":                {"Rule Type: Higher-Order Rule"},
		"logs-cyberarkpas.audit*":           {"Data Source: CyberArk PAS"},
		"logs-endpoint.alerts-*":            {"Data Source: Elastic Defend"},
		"logs-windows.sysmon_operational-*": {"Data Source: Sysmon"},
		"logs-windows.powershell*":          {"Data Source: PowerShell Logs"},
		"logs-system.security*":             {"Data Source: Windows Security Event Logs"},
		"logs-system.forwarded*":            {"Data Source: Windows Security Event Logs"},
		"logs-system.system*":               {"Data Source: Windows System Event Logs"},
		"logs-sentinel_one_cloud_funnel.*":  {"Data Source: SentinelOne"},
		"logs-fim.event-*":                  {"Data Source: File Integrity Monitoring"},
		"logs-m365_defender.event-*":        {"Data Source: Microsoft Defender XDR"},
		"logs-crowdstrike.fdr*":             {"Data Source: Crowdstrike"},
	}
}

// elasticTimelines are the timeline templates that Kibana ships, title by id.
func elasticTimelines() map[string]string {
	return map[string]string{
		"db366523-f1c6-4c1f-8731-6ce5ed9e5717": "Generic Endpoint Timeline",
		"91832785-286d-4ebe-b884-1a208d111a70": "Generic Network Timeline",
		"76e52245-7519-4251-91ab-262fb1a1728c": "Generic Process Timeline",
		"495ad7a7-316e-4544-8a0f-9c098daee76e": "Generic Threat Match Timeline",
		"4d4c0b59-ea83-483f-b8c1-8c360ee53c5c": "Comprehensive File Timeline",
		"e70679c2-6cde-4510-9764-4823df18f7db": "Comprehensive Process Timeline",
		"300afc76-072d-4261-864d-4149714bf3f1": "Comprehensive Network Timeline",
		"3e47ef71-ebfc-4520-975c-cb27fc090799": "Comprehensive Registry Timeline",
		"3e827bab-838a-469f-bd1e-5e19a2bff2fd": "Alerts Involving a Single User Timeline",
		"4434b91a-94ca-4a89-83cb-a37cdc0532b7": "Alerts Involving a Single Host Timeline",
	}
}

// parseTags reads a vocabulary: lines that start with a prefix ending in a colon, values separated by commas.
func parseTags(text string) []string {
	var out []string
	prefix := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		for value := range strings.SplitSeq(line, ",") {
			value = strings.TrimSpace(value)
			if p, v, ok := strings.Cut(value, ": "); ok {
				prefix, value = p+": ", v
			}
			if value != "" {
				out = append(out, prefix+value)
			}
		}
	}
	return out
}

// tagPrefixes lists the prefixes of a vocabulary, "Domain:".
func tagPrefixes(tags []string) []string {
	var out []string
	for _, t := range tags {
		p, _, ok := strings.Cut(t, ": ")
		if ok && (len(out) == 0 || out[len(out)-1] != p+":") {
			out = append(out, p+":")
		}
	}
	return out
}

package main

import "github.com/spf13/cobra"

func (v *env) app(root *cobra.Command)     {}
func (v *env) demoCommand() *cobra.Command { return &cobra.Command{Use: "demo"} }

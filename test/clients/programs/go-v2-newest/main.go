// Calls GetCallerIdentity REQUESTS times with the profile in PROFILE, and prints a line for each: ok or error.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func main() {
	requests, _ := strconv.Atoi(os.Getenv("REQUESTS"))
	ctx := context.Background()
	shared, err := config.LoadDefaultConfig(
		ctx,
		config.WithSharedConfigProfile(os.Getenv("PROFILE")),
		config.WithRegion("eu-west-1"),
		config.WithBaseEndpoint(os.Getenv("STS")),
		config.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} }),
	)
	if err != nil {
		fmt.Println("error", strings.Join(strings.Fields(err.Error()), " "))
		return
	}
	client := sts.NewFromConfig(shared)
	for range requests {
		answer, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if err != nil {
			fmt.Println("error", strings.Join(strings.Fields(err.Error()), " "))
		} else {
			fmt.Println("ok", *answer.Arn)
		}
	}
}

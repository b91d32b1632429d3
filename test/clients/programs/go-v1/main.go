// Calls GetCallerIdentity REQUESTS times with the profile in PROFILE, and prints a line for each: ok or error.
package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/sts"
)

func main() {
	requests, _ := strconv.Atoi(os.Getenv("REQUESTS"))
	config := aws.Config{Region: aws.String("eu-west-1"), Endpoint: aws.String(os.Getenv("STS")), MaxRetries: aws.Int(0)}
	options := session.Options{Profile: os.Getenv("PROFILE"), SharedConfigState: session.SharedConfigEnable, Config: config}
	shared, err := session.NewSessionWithOptions(options)
	if err != nil {
		fmt.Println("error", strings.Join(strings.Fields(err.Error()), " "))
		return
	}
	client := sts.New(shared)
	for request := 0; request < requests; request++ {
		answer, err := client.GetCallerIdentity(&sts.GetCallerIdentityInput{})
		if err != nil {
			fmt.Println("error", strings.Join(strings.Fields(err.Error()), " "))
		} else {
			fmt.Println("ok", *answer.Arn)
		}
	}
}

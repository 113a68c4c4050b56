# A canary, by hand.
kubectl apply -f web.yaml
kubectl get pods -o name | wc -l
kubectl patch sts web -p \
  '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":2}}}}'
kubectl set image sts/web nginx=nginx:1.99
! kubectl get pod web-9
for i in 1 2; do
  kubectl get pod web-$i -o jsonpath='{.spec.containers[0].image}{"\n"}'
done
kubectl get pod web-8
sts-lab order web
